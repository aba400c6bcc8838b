import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { zstdCompressSync } from "node:zlib";
import { chainHash, checkpointKey, signCheckpoint } from "../../audit/chain.ts";
import { linesOfBlock, type StoredBatch } from "../../audit/segment.ts";
import { lineOf } from "../../audit/testing.ts";

/** What a hand in the database may do that needs more than SQL; for tests alone. */

const newest = (database: DatabaseSync): StoredBatch =>
  database.prepare("SELECT * FROM trail ORDER BY batch DESC LIMIT 1").get() as unknown as StoredBatch;

export function appendBatch(database: DatabaseSync): void {
  const { batch, first, count, hash: before } = newest(database);
  const next = { batch: batch + 1, first: first + count, count: 1, records: lineOf() };
  const insert = database.prepare("INSERT INTO trail VALUES (?, ?, ?, ?, ?, zeroblob(32))");
  insert.run(next.batch, next.first, 1, next.records, chainHash(before, next));
}

export function exchangeNewest(database: DatabaseSync): void {
  const { batch } = newest(database);
  const move = database.prepare("UPDATE trail SET batch = ? WHERE batch = ?");
  for (const [from, to] of [
    [batch, -1],
    [batch - 1, batch],
    [-1, batch - 1],
  ] as const)
    move.run(to, from);
}

export function rewriteNewest(database: DatabaseSync): void {
  const { batch, first, count, records } = newest(database);
  const before = database.prepare("SELECT hash FROM trail WHERE batch = ?").get(batch - 1)!.hash as Uint8Array;
  const changed = { batch, first, count, records: records.replace("Encrypt", "Decrypt") };
  database
    .prepare("UPDATE trail SET records = ?, hash = ? WHERE batch = ?")
    .run(changed.records, chainHash(before, changed), batch);
  database.exec(`DELETE FROM checkpoint WHERE batch >= ${batch}`);
}

export function foreignCheckpoint(database: DatabaseSync): void {
  const { batch, first, count, hash: head } = newest(database);
  const state = database.prepare("SELECT digest FROM state").get()!.digest as Uint8Array;
  const made = signCheckpoint(checkpointKey(randomBytes(32)), {
    batch,
    records: first + count - 1,
    at: 1,
    hash: head,
    state,
  });
  database.prepare("UPDATE checkpoint SET at = 1, signature = ? WHERE batch = ?").run(made.signature, batch);
}

export function pruneByCheckpoint(database: DatabaseSync): void {
  const at = "(SELECT max(batch) FROM checkpoint)";
  database.exec(`INSERT INTO pruning SELECT 1, * FROM checkpoint WHERE batch = ${at};
    DELETE FROM trail WHERE batch <= ${at}; DELETE FROM segment; DELETE FROM block; DELETE FROM posting; DELETE FROM bucket`);
}

export function moveLine(database: DatabaseSync): void {
  const read = database.prepare("SELECT data FROM block WHERE block = ?");
  const [first = [], second = []] = [0, 1].map((block) => linesOfBlock(read.get(block)!.data as Uint8Array));
  const put2 = database.prepare("UPDATE block SET data = ? WHERE block = ?");
  put2.run(zstdCompressSync([...first, second[0]!].join("\n")), 0);
  put2.run(zstdCompressSync(second.slice(1).join("\n")), 1);
}

export function removeRow(database: DatabaseSync): void {
  const { mac } = database.prepare("SELECT mac FROM row WHERE id = 'a'").get()!;
  database.exec("DELETE FROM row WHERE id = 'b'; DELETE FROM checkpoint");
  database.prepare("UPDATE state SET digest = ?").run(mac as Uint8Array);
}
