import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Checkpoint } from "./chain.ts";
import type { StoredBatch } from "./verify.ts";

/** Records after number `after` (counted from 1), oldest first, as lines of JSON; `next` is the last one's number. */
export function readTrailAfter(folder: string, after: number, limit: number): { lines: string[]; next: number } {
  using database = new DatabaseSync(join(folder, "claviger.db"), { readOnly: true });
  const from = database.prepare("SELECT max(batch) AS batch FROM trail WHERE first <= ?").get(after + 1)?.batch ?? 0;
  const lines: string[] = [];
  let next = after;
  for (const row of database
    .prepare("SELECT first, records FROM trail WHERE batch >= ? ORDER BY batch")
    .iterate(Number(from))) {
    const first = Number(row.first);
    for (const [index, line] of String(row.records).split("\n").entries()) {
      if (first + index <= after) continue;
      if (lines.length >= limit) return { lines, next };
      lines.push(line);
      next = first + index;
    }
  }
  return { lines, next };
}

/** Every batch, from the first. */
export function* readBatches(folder: string): Generator<StoredBatch> {
  using database = new DatabaseSync(join(folder, "claviger.db"), { readOnly: true });
  yield* database
    .prepare("SELECT batch, first, count, records, hash FROM trail ORDER BY batch")
    .iterate() as unknown as Iterable<StoredBatch>;
}

export function readCheckpoints(folder: string): Checkpoint[] {
  using database = new DatabaseSync(join(folder, "claviger.db"), { readOnly: true });
  return database.prepare("SELECT * FROM checkpoint ORDER BY batch").all() as unknown as Checkpoint[];
}
