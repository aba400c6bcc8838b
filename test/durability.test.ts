import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { SqliteStore } from "../src/store/sqlite.ts";
import { testServer, type TestServer } from "./kit.ts";
import { type Got, kmsCall, send } from "./wire-kit.ts";

const store = (server: TestServer): SqliteStore => server.house.store as SqliteStore;
const ask = (server: TestServer, operation: string, input: object): Promise<Got> =>
  send(server, kmsCall(server, operation, input));
const newKey = async (server: TestServer): Promise<string> =>
  (JSON.parse((await ask(server, "CreateKey", {})).text) as { KeyMetadata: { KeyId: string } }).KeyMetadata.KeyId;
const trail = async (server: TestServer): Promise<string[]> => (await store(server).trail.after(0, 1000)).lines;
const readiness = async (server: TestServer): Promise<[number, string]> => {
  const answer = await fetch(`${server.url}/readyz`);
  return [answer.status, await answer.text()];
};

test("no answer leaves before the sync of its record has returned", async () => {
  await using server = await testServer({ ephemeral: true }, { faults: true });
  const KeyId = await newKey(server);
  store(server).fault({ delayMs: 400, fail: "" });
  const answered: string[] = [];
  const note = (what: string) => (got: Got) => {
    assert.equal(got.status, 200, got.text);
    answered.push(what);
  };
  const calls = [
    ask(server, "Encrypt", { KeyId, Plaintext: "AA==" }).then(note("Encrypt")),
    ask(server, "CreateKey", {}).then(note("CreateKey")),
    ask(server, "ListKeys", {}).then(note("ListKeys")),
  ];
  await pause(200);
  assert.deepEqual(answered, []);
  await Promise.all(calls);
  assert.equal(answered.length, 3);
  assert.equal((await trail(server)).length, 4);
});

test("after a failed sync no call succeeds, nothing of it is there, and readiness says why", async () => {
  await using server = await testServer({ ephemeral: true }, { faults: true });
  const KeyId = await newKey(server);
  const before = await trail(server);
  store(server).fault({ delayMs: 0, fail: "input/output error" });
  for (let round = 0; round < 3; round++) {
    const refused = await Promise.all([
      ask(server, "Encrypt", { KeyId, Plaintext: "AA==" }),
      ask(server, "GenerateRandom", { NumberOfBytes: 16 }),
      ask(server, "CreateKey", {}),
      ask(server, "DisableKey", { KeyId }),
      ask(server, "DescribeKey", { KeyId: "alias/none" }),
    ]);
    for (const { status, code, text } of refused) {
      assert.deepEqual([status, code], [500, "KMSInternalException"]);
      assert.doesNotMatch(text, /input\/output|Plaintext|Ciphertext/);
    }
  }
  const [status, why] = await readiness(server);
  assert.equal(status, 503);
  assert.match(why, /the audit trail cannot be written: input\/output error/);
  store(server).fault({ delayMs: 0, fail: "" });
  assert.equal((await ask(server, "Encrypt", { KeyId, Plaintext: "AA==" })).status, 200, "the key is not disabled");
  assert.deepEqual(await readiness(server), [200, "ok\n"]);
  const keys = JSON.parse((await ask(server, "ListKeys", {})).text) as { Keys: unknown[] };
  assert.equal(keys.Keys.length, 1);
  const after = await trail(server);
  assert.deepEqual(after.slice(0, before.length), before);
  assert.deepEqual(
    after.slice(before.length).map((line) => (JSON.parse(line) as { eventName: string }).eventName),
    ["Encrypt", "ListKeys"],
  );
});
