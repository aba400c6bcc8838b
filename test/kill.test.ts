import assert from "node:assert/strict";
import { Agent } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { TrailReader } from "../src/store/trail/reader.ts";
import { started, temporaryFolder } from "./cli-kit.ts";
import { kmsCall, send } from "./wire-kit.ts";

const kills = 20;
const clients = 8;

/** What was answered, over all the kills: this must be there. */
class Promised {
  readonly requestIds: string[] = [];
  /** Key id → the number in the last description whose change was answered. */
  readonly descriptions = new Map<string, number>();
  readonly ciphertexts: { readonly keyId: string; readonly blob: string; readonly text: string }[] = [];
}

/** Works until the server is gone: a key, its description counted up, something encrypted. */
async function client(server: { port: number }, promised: Promised, agent: Agent): Promise<void> {
  const ask = async (operation: string, input: object): Promise<Record<string, any>> => {
    const got = await send(server, kmsCall(server, operation, input), agent);
    assert.equal(got.status, 200, got.text);
    promised.requestIds.push(got.requestId);
    return got.text === "" ? {} : (JSON.parse(got.text) as Record<string, any>);
  };
  try {
    const keyId = (await ask("CreateKey", { Description: "0" })).KeyMetadata.KeyId as string;
    promised.descriptions.set(keyId, 0);
    for (let count = 1; ; count++) {
      await ask("UpdateKeyDescription", { KeyId: keyId, Description: String(count) });
      promised.descriptions.set(keyId, count);
      const text = Buffer.from(`${keyId} ${count}`).toString("base64");
      const { CiphertextBlob } = await ask("Encrypt", { KeyId: keyId, Plaintext: text });
      if (count % 10 === 1) promised.ciphertexts.push({ keyId, blob: CiphertextBlob, text });
    }
  } catch (error) {
    if (!/ECONNRESET|ECONNREFUSED|socket hang up|EPIPE/.test(String(error))) throw error;
  }
}

test(`killed ${kills} times under load, nothing that was answered is lost`, async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const start = () => started("dev", "--port", "0", "--data", folder);
  const promised = new Promised();
  for (let kill = 0; kill < kills; kill++) {
    using server = await start();
    const agent = new Agent({ keepAlive: true });
    const working = Array.from({ length: clients }, () => client(server, promised, agent));
    const enough = promised.requestIds.length + 20 + Math.floor(Math.random() * 120);
    const worked = Promise.all(working);
    const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
    while (promised.requestIds.length < enough) await Promise.race([pause(), worked]);
    server.child.kill("SIGKILL");
    await Promise.all([server.end, worked]);
    agent.destroy();
  }
  using server = await start();
  const agent = new Agent({ keepAlive: true });
  const ask = async (operation: string, input: object): Promise<Record<string, any>> =>
    JSON.parse((await send(server, kmsCall(server, operation, input), agent)).text) as Record<string, any>;
  for (const [KeyId, count] of promised.descriptions) {
    const { KeyMetadata } = await ask("DescribeKey", { KeyId });
    // The one that was under way when the process ended may or may not have been committed.
    assert.ok([count, count + 1].includes(Number(KeyMetadata?.Description)), `${KeyId} ${KeyMetadata?.Description}`);
  }
  for (const { keyId, blob, text } of promised.ciphertexts)
    assert.equal((await ask("Decrypt", { KeyId: keyId, CiphertextBlob: blob })).Plaintext, text);
  const ready = await fetch(`http://127.0.0.1:${server.port}/readyz`);
  assert.equal(ready.status, 200, await ready.text());
  agent.destroy();
  server.child.kill("SIGTERM");
  await server.end;
  const recorded = recordedIds(folder);
  const missing = promised.requestIds.filter((id) => !recorded.has(id));
  assert.deepEqual(missing, [], `of ${promised.requestIds.length} answered calls`);
  assert.ok(promised.requestIds.length > kills * 20);
});

function recordedIds(folder: string): Set<string> {
  using reader = new TrailReader(join(folder, "claviger.db"));
  const ids = new Set<string>();
  for (const { line } of reader.linesAfter(0)) ids.add((JSON.parse(line) as { requestID: string }).requestID);
  return ids;
}
