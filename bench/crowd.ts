import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mintUniqueId } from "../src/identity/access-keys.ts";
import { entityId, type User } from "../src/identity/entities.ts";
import { openSeal } from "../src/seal/root-key.ts";
import { type Grant, newGrantChanges } from "../src/services/kms/grants/entities.ts";
import { CachedEntities } from "../src/store/cached-entities.ts";
import type { Change } from "../src/store/entities.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import { measureDecisions } from "./decisions.ts";
import { load, once } from "./load.ts";
import { cpuSeconds, run, runClaviger, type Running, stop } from "./processes.ts";
import { request } from "./requests.ts";
import { storeKeys } from "./stored-keys.ts";

const rounds = 7;
const perRound = 2000;
const connections = 32;
const crowd = { users: 10_000, grants: 50_000 };
const [account, region, grantee] = ["000000000000", "eu-west-1", "111122223333"];

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A data folder with one key, a grant of it to another account, and as many users and grants besides as are said. */
async function folderWith({ users, grants }: typeof crowd): Promise<{ folder: string; key: string }> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  const [keyId = ""] = await storeKeys(folder, 1);
  const seal = openSeal({ folder, wraps: [{ kind: "file", path: "root.key" }], production: false });
  const store = await openSqliteStore({ folder, seed: seal.derive("audit-checkpoint") });
  const entities = new CachedEntities(store, seal, { maxBytes: 0 });
  const grantOf = (n: number, id: string): Grant => ({
    grantId: String(n).padStart(64, "0"),
    keyId,
    region,
    account,
    issuer: account,
    name: "",
    createdAt: 0,
    operations: ["Encrypt"],
    grantee: { id, principal: id },
  });
  const changes: Change[] = newGrantChanges(entities, grantOf(0, grantee));
  for (let n = 1; n <= grants; n++) changes.push(...newGrantChanges(entities, grantOf(n, mintUniqueId("AROA"))));
  for (let n = 0; n < users; n++) changes.push(userRow(entities, `user-${n}`));
  while (changes.length > 0) {
    const submission = { changes: changes.splice(0, 2000), records: [], used: [], decidedAt: store.changeNumber };
    await new Promise<void>((resolve, reject) => {
      store.commit(submission, (outcome) => (outcome === "done" ? resolve() : reject(new Error(String(outcome)))));
    });
  }
  await store.close();
  return { folder, key: `arn:aws:kms:${region}:${account}:key/${keyId}` };
}

function userRow(entities: CachedEntities, name: string): Change {
  const user: User = {
    account,
    name,
    path: "/",
    uniqueId: mintUniqueId("AIDA"),
    arn: `arn:aws:iam::${account}:user/${name}`,
    createdAt: 0,
    tags: [],
    attached: [],
    groups: [],
    inline: {},
  };
  return entities.create("user", entityId(account, name), user, { scope: account });
}

async function round(server: Running, requests: readonly Buffer[]): Promise<number> {
  const before = cpuSeconds(server.child);
  const { failures } = await load(server.port, requests, connections);
  if (failures > 0) throw new Error(`${failures} of ${requests.length} requests failed`);
  return ((cpuSeconds(server.child) - before) / requests.length) * 1e6;
}

/** Microseconds of CPU for an Encrypt that a grant allows, alone and in the crowd, and for a bare server's answer. */
async function measureCrowd(): Promise<{ micros: number; crowdedMicros: number; bareMicros: number; ratio: number }> {
  const folders = [await folderWith({ users: 0, grants: 0 }), await folderWith(crowd)];
  const servers = await Promise.all(folders.map(({ folder }) => runClaviger(["dev", "--port", "0", "--data", folder])));
  const who = { accessKeyId: grantee, secretAccessKey: "test" };
  const encrypt = (index: number, n: number) => {
    const body = { KeyId: folders[index]!.key, Plaintext: Buffer.from(String(n)).toString("base64") };
    return request(servers[index]!.port, "Encrypt", body, who);
  };
  const requests = servers.map((_, index) => Array.from({ length: perRound }, (_none, n) => encrypt(index, n)));
  const sample = await once(servers[0]!.port, encrypt(0, perRound));
  const bare = await run([path("bare-server.ts")], {
    BENCH_HEADERS: JSON.stringify(sample.headers),
    BENCH_BODY: sample.body.toString("base64"),
  });
  const samples: number[][] = [[], [], [], []];
  for (let index = -1; index < rounds; index++) {
    const [alone, among] = [await round(servers[0]!, requests[0]!), await round(servers[1]!, requests[1]!)];
    const least = await round(bare, requests[0]!);
    // The first round warms up.
    if (index >= 0) for (const [at, value] of [alone, among, least, among / alone].entries()) samples[at]!.push(value);
  }
  for (const server of [...servers, bare]) await stop(server);
  for (const { folder } of folders) rmSync(folder, { recursive: true, force: true });
  const [micros, crowdedMicros, bareMicros, ratio] = samples.map(median) as [number, number, number, number];
  return { micros, crowdedMicros, bareMicros, ratio };
}

export async function tellDecisions(json: boolean): Promise<void> {
  const decisions = measureDecisions();
  const call = await measureCrowd();
  if (json) return console.log(JSON.stringify({ decisions, crowd, call }, null, 2));
  for (const { name, micros, mostMicros } of decisions)
    console.log(`decision, ${name}: ${micros.toFixed(2)} µs (at most ${mostMicros})`);
  console.log(
    `a bare call: ${call.bareMicros.toFixed(0)} µs CPU; an Encrypt that a grant allows: ${call.micros.toFixed(0)} µs`,
  );
  console.log(
    `beside ${crowd.grants} grants of the key and ${crowd.users} users: ${call.crowdedMicros.toFixed(0)} µs, ` +
      `${call.ratio.toFixed(2)} times as much (at most 1.10)`,
  );
}
