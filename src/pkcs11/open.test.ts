import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { ClusterSetting } from "../config.ts";
import { temporaryFolder } from "../../test/cli-kit.ts";
import { moduleProcesses, pin, softhsmMissing, softToken } from "../../test/softhsm.ts";
import { type Cluster, type Clusters, TokenFailure, type TokenReason } from "./clusters.ts";
import { openClusters } from "./open.ts";

const fails = (reason: TokenReason) => (error: unknown) => {
  assert.ok(error instanceof TokenFailure, String(error));
  assert.equal(error.reason, reason, error.message);
  return true;
};

describe("a PKCS#11 token", { skip: softhsmMissing }, () => {
  const folder = temporaryFolder();
  let setting: ClusterSetting;
  const opened: Clusters[] = [];
  before(() => void (setting = softToken(folder.path)));
  after(() => {
    for (const clusters of opened) clusters.close();
    folder[Symbol.dispose]();
  });
  const open = (more: Partial<ClusterSetting> = {}): Cluster => {
    const clusters = openClusters([{ ...setting, ...more }]);
    opened.push(clusters);
    return clusters.find(setting.id)!;
  };
  const iv = () => randomBytes(12);
  const name = () => randomBytes(16).toString("hex");
  const associated = Buffer.from("bound");

  test("makes keys, encrypts and decrypts with them, and destroys them", async () => {
    const cluster = open();
    await cluster.connect(pin);
    const key = name();
    await cluster.generateKey(pin, key);
    for (const size of [1, 32, 4096]) {
      const [vector, message] = [iv(), randomBytes(size)];
      const sealed = await cluster.encrypt(pin, key, vector, associated, message);
      assert.equal(sealed.length, size + 16);
      assert.deepEqual(await cluster.decrypt(pin, key, vector, associated, sealed), message);
      assert.equal(await cluster.decrypt(pin, key, vector, Buffer.from("other"), sealed), undefined);
      sealed[0]! ^= 1;
      assert.equal(await cluster.decrypt(pin, key, vector, associated, sealed), undefined);
      assert.equal(await cluster.decrypt(pin, key, vector, associated, sealed.subarray(0, 8)), undefined);
    }
    await assert.rejects(cluster.encrypt(pin, name(), iv(), associated, Buffer.of(1)), fails("no key"));
    await cluster.destroyKey(pin, key);
    await assert.rejects(cluster.encrypt(pin, key, iv(), associated, Buffer.of(1)), fails("no key"));
    await cluster.destroyKey(pin, key);
    assert.equal((await cluster.random(pin, 1024)).length, 1024);
    assert.notDeepEqual(await cluster.random(pin, 16), await cluster.random(pin, 16));
  });

  test("keeps its keys when its process ends", async () => {
    const cluster = open();
    const key = name();
    await cluster.generateKey(pin, key);
    const [vector, message] = [iv(), Buffer.from("kept")];
    const sealed = await cluster.encrypt(pin, key, vector, associated, message);
    cluster.disconnect();
    assert.deepEqual(await cluster.decrypt(pin, key, vector, associated, sealed), message);
  });

  test("is not reached with a wrong PIN, which is tried once and no more", async () => {
    const cluster = open();
    await assert.rejects(cluster.connect("wrong-pin"), fails("incorrect pin"));
    // Were it tried at each call, a token that locks itself would be locked by now.
    for (let round = 0; round < 20; round++)
      await assert.rejects(cluster.random("wrong-pin", 1), fails("incorrect pin"));
    await cluster.connect(pin);
    assert.equal((await cluster.random(pin, 1)).length, 1);
  });

  test("is not reached when there is no such token, or no such module", async () => {
    await assert.rejects(open({ token: "another" }).connect(pin), fails("no token"));
    await assert.rejects(open({ module: folder.file("missing.so") }).connect(pin), fails("no token"));
  });

  test("whose process is killed fails the call under way, and serves the next", async () => {
    const cluster = open();
    const already = new Set(moduleProcesses());
    await cluster.connect(pin);
    const running = moduleProcesses().find((id) => !already.has(id))!;
    const key = name();
    await cluster.generateKey(pin, key);
    process.kill(running, "SIGSTOP");
    const calls = [1, 2, 3].map((size) => cluster.encrypt(pin, key, iv(), associated, Buffer.alloc(size)));
    const settled = Promise.allSettled(calls);
    process.kill(running, "SIGKILL");
    const [first, ...others] = await settled;
    assert.equal(first!.status, "rejected");
    assert.ok(fails("crashed")((first as PromiseRejectedResult).reason));
    for (const other of others) assert.equal(other.status, "fulfilled");
  });

  test("that hangs fails the call in time, is killed, and serves the next", async () => {
    const cluster = open({ timeoutMs: 1500 });
    const already = new Set(moduleProcesses());
    await cluster.connect(pin);
    const running = moduleProcesses().find((id) => !already.has(id))!;
    process.kill(running, "SIGSTOP");
    await assert.rejects(cluster.random(pin, 8), fails("timed out"));
    assert.equal((await cluster.random(pin, 8)).length, 8);
    assert.ok(!moduleProcesses().includes(running));
  });

  test("lets as many wait as it can serve, and refuses the rest", async () => {
    const cluster = open();
    await cluster.connect(pin);
    const many = await Promise.allSettled(Array.from({ length: 300 }, () => cluster.random(pin, 8)));
    const refused = many.filter((one) => one.status === "rejected");
    assert.ok(refused.length >= 90 && refused.length < 300, String(refused.length));
    for (const { reason } of refused) assert.ok(fails("busy")(reason));
  });
});
