import type { KeyObject } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { signPruning } from "../../audit/chain.ts";
import { bucketCount, type Segment } from "../../audit/segment.ts";

/**
 * Takes the oldest segment out, in the writer thread: with it, in one transaction, goes the signed statement of where
 * the trail begins now (the `pruning` row), so that the chain holds at every moment. Throws when it is not the oldest.
 */
export function cutSegment(database: DatabaseSync, key: KeyObject, number: number, terms: readonly Uint8Array[]): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    const oldest = database.prepare("SELECT * FROM segment ORDER BY segment LIMIT 1").get() as Segment | undefined;
    if (oldest?.segment !== number) throw new Error(`segment ${number} is not the oldest`);
    const batch = oldest.firstBatch + oldest.batches - 1;
    const records = oldest.first + oldest.records - 1;
    const state = database.prepare("SELECT digest FROM state WHERE id = 1").get()?.digest as Uint8Array;
    const pruned = signPruning(key, { batch, records, at: Date.now(), hash: oldest.hash, state });
    database
      .prepare("INSERT OR REPLACE INTO pruning VALUES (1, ?, ?, ?, ?, ?, ?)")
      .run(batch, records, pruned.at, pruned.hash, pruned.state, pruned.signature);
    const posting = database.prepare("DELETE FROM posting WHERE term = ? AND segment = ?");
    for (const term of terms) posting.run(term, number);
    const bucket = database.prepare("DELETE FROM bucket WHERE bucket = ? AND segment = ?");
    for (let index = 0; index < bucketCount; index++) bucket.run(index, number);
    database.prepare("DELETE FROM block WHERE segment = ?").run(number);
    database.prepare("DELETE FROM checkpoint WHERE batch <= ?").run(batch);
    database.prepare("DELETE FROM segment WHERE segment = ?").run(number);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
