import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, openSync, renameSync, rmSync, closeSync, writeSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { testServer, type TestServer } from "./kit.ts";
import { everyLine } from "./sinks-kit.ts";
import { type Got, kmsCall, send } from "./wire-kit.ts";

const ask = (server: TestServer, operation: string, input: object, agent?: Agent): Promise<Got> =>
  send(server, kmsCall(server, operation, input), agent);

const readiness = async (server: TestServer): Promise<[number, string]> => {
  const answer = await fetch(`${server.url}/readyz`);
  return [answer.status, await answer.text()];
};

/** A file system of its own, so small that it can be filled. */
function smallDisk(path: string): Disposable | string {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", path], { stdio: "ignore" });
  } catch {
    return "a small file system cannot be mounted here";
  }
  return { [Symbol.dispose]: () => void execFileSync("umount", ["-l", path], { stdio: "ignore" }) };
}

/** To the last byte. */
function fill(path: string): void {
  const file = openSync(path, "a");
  try {
    for (let size = 1024 * 1024; size >= 1; )
      try {
        if (writeSync(file, Buffer.alloc(size)) === 0) break;
      } catch {
        size = Math.floor(size / 2);
      }
  } finally {
    closeSync(file);
  }
}

test("a full disk stops answers, is told, and costs no answered call; with space there is service again", async (context) => {
  using place = temporaryFolder();
  const disk = smallDisk(place.path);
  if (typeof disk === "string") return context.skip(disk);
  using _mounted = disk;
  const data = place.file("data");
  const agent = new Agent({ keepAlive: true });
  const answered: string[] = [];
  const refused: string[] = [];
  {
    await using server = await testServer({ data });
    const call = async (operation: string, input: object): Promise<Got> => {
      const got = await ask(server, operation, input, agent);
      (got.status === 200 ? answered : refused).push(got.requestId);
      return got;
    };
    const { KeyMetadata } = JSON.parse((await call("CreateKey", {})).text) as { KeyMetadata: { KeyId: string } };
    const encrypt = () => call("Encrypt", { KeyId: KeyMetadata.KeyId, Plaintext: "AA==" });
    for (let round = 0; round < 3; round++) {
      fill(place.file("filler"));
      let got = await encrypt();
      // What was reserved in the log before is used up first.
      for (let most = 5000; got.status === 200 && most > 0; most--) got = await encrypt();
      assert.deepEqual([got.status, got.code], [500, "KMSInternalException"]);
      for (let more = 0; more < 10; more++) {
        fill(place.file("filler"));
        const { status, code, text } = await call(more % 2 === 0 ? "CreateKey" : "ListKeys", {});
        assert.deepEqual([status, code], [500, "KMSInternalException"]);
        assert.doesNotMatch(text, /KeyMetadata|full/);
      }
      const [status, why] = await readiness(server);
      assert.equal(status, 503);
      assert.match(why, /^the audit trail cannot be written: database or disk is full/);
      const told = await claviger(["status", "--endpoint", server.url]);
      assert.equal(told.code, 1);
      assert.match(told.err, /is not ready:\n {2}the audit trail cannot be written: database or disk is full/);
      rmSync(place.file("filler"));
      assert.equal((await encrypt()).status, 200);
      assert.deepEqual(await readiness(server), [200, "ok\n"]);
    }
    const ids = (await everyLine(server)).map((line) => (JSON.parse(line) as { requestID: string }).requestID);
    assert.equal(new Set(ids).size, ids.length, "nothing is there twice");
    assert.deepEqual(
      answered.filter((id) => !ids.includes(id)),
      [],
    );
    assert.deepEqual(
      refused.filter((id) => ids.includes(id)),
      [],
    );
    const { Keys } = JSON.parse((await call("ListKeys", {})).text) as { Keys: unknown[] };
    assert.equal(Keys.length, 1, "no key came of a refused call");
  }
  agent.destroy();
  const verified = await claviger(["audit", "verify", "--data", data]);
  assert.match(verified.out, /^The trail is whole: /, verified.err);
});

describe("a database file under the running service", () => {
  for (const name of ["claviger.db", "claviger.db-wal"])
    test(`that is removed or replaced stops answers and is told: ${name}`, async () => {
      using place = temporaryFolder();
      const data = place.file("data");
      const path = join(data, name);
      await using server = await testServer({ data });
      assert.equal((await ask(server, "CreateKey", {})).status, 200);
      renameSync(path, place.file("away"));
      const gone = await ask(server, "ListKeys", {});
      assert.deepEqual([gone.status, gone.code], [500, "KMSInternalException"]);
      assert.match((await readiness(server))[1], /claviger\.db(-wal)? was removed while the service was running/);
      copyFileSync(place.file("away"), path);
      assert.equal((await ask(server, "CreateKey", {})).status, 500);
      const told = await claviger(["status", "--json", "--endpoint", server.url]);
      assert.equal(told.code, 1);
      assert.match((JSON.parse(told.out) as { problems: string[] }).problems[0]!, /was replaced while the service/);
      renameSync(place.file("away"), path);
      assert.equal((await ask(server, "CreateKey", {})).status, 200);
      assert.deepEqual(await readiness(server), [200, "ok\n"]);
      const { Keys } = JSON.parse((await ask(server, "ListKeys", {})).text) as { Keys: unknown[] };
      assert.equal(Keys.length, 2);
    });
});
