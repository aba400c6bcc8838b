import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ClosedSegment, Segment } from "../../audit/segment.ts";

/** Rows written in one transaction, so that no call waits long for the writer. */
const rowsAtOnce = 512;

/**
 * Writes closed segments, in the writer thread. A segment counts from the moment its own row is there, with which its
 * open batches go; what a crash leaves half written is written again, the same to the byte.
 */
export class Folding {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #steps: (() => void)[] = [];
  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Takes the segment apart into short transactions, done one by one with `step`. */
  add({ blocks, postings, buckets, ...segment }: ClosedSegment, done: () => void): void {
    const number = segment.segment;
    const put = (table: string) => this.#statement(`INSERT OR REPLACE INTO ${table}`);
    const rows = [
      ...blocks.map(
        ({ block, data }) =>
          () =>
            put("block VALUES (?, ?, ?)").run(number, block, data),
      ),
      ...postings.map(
        ({ term, records }) =>
          () =>
            put("posting VALUES (?, ?, ?)").run(term, number, records),
      ),
      ...buckets.map(
        ({ bucket, events }) =>
          () =>
            put("bucket VALUES (?, ?, ?)").run(bucket, number, events),
      ),
    ];
    for (let at = 0; at < rows.length; at += rowsAtOnce)
      this.#steps.push(() => this.#transaction(() => rows.slice(at, at + rowsAtOnce).forEach((row) => row())));
    this.#steps.push(() => {
      this.#transaction(() => this.#finish(segment));
      done();
    });
  }

  get pending(): boolean {
    return this.#steps.length > 0;
  }

  /** Throws when the database does; the step stays. */
  step(): void {
    this.#steps[0]?.();
    this.#steps.shift();
  }

  /** Forgets what was to be written; nothing that counts is lost. */
  clear(): void {
    this.#steps.length = 0;
  }

  #finish(segment: Segment): void {
    const { firstBatch, batches, first, records, from, until, previous, hash, heads } = segment;
    this.#statement("INSERT OR REPLACE INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      segment.segment,
      firstBatch,
      batches,
      first,
      records,
      from,
      until,
      previous,
      hash,
      heads,
    );
    this.#statement("DELETE FROM trail WHERE batch < ?").run(firstBatch + batches);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  /** Nothing here is secret or new: it needs neither overwriting nor a sync of its own. The next commit's covers it. */
  #transaction(write: () => void): void {
    this.#database.exec("PRAGMA secure_delete = FAST; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
    try {
      write();
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    } finally {
      this.#database.exec("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    }
  }
}
