import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Checkpoint } from "../../audit/chain.ts";
import type { NumberedLine } from "../../audit/trail.ts";
import { ownShape, shapeOf } from "../schema.ts";
import { blockRecords, countsOf, linesOfBlock, type Segment, type StoredBatch } from "../../audit/segment.ts";

const queries = {
  segments: "SELECT * FROM segment ORDER BY segment",
  segmentOf: "SELECT * FROM segment WHERE first <= ? ORDER BY segment DESC LIMIT 1",
  segmentsFrom: "SELECT * FROM segment WHERE segment >= ? ORDER BY segment",
  segment: "SELECT * FROM segment WHERE segment = ?",
  lastSegment: "SELECT * FROM segment ORDER BY segment DESC LIMIT 1",
  block: "SELECT data FROM block WHERE segment = ? AND block = ?",
  openFrom: "SELECT * FROM trail WHERE batch >= ? ORDER BY batch",
  openAfter: "SELECT * FROM trail WHERE batch > ? AND first + count > ? ORDER BY batch",
  openBack: "SELECT first, records FROM trail WHERE batch > ? ORDER BY batch DESC",
  postings: "SELECT segment, records FROM posting WHERE term = ? AND segment <= ? ORDER BY segment DESC",
  buckets: "SELECT segment, events FROM bucket WHERE bucket = ? AND segment <= ? ORDER BY segment DESC",
  checkpoints: "SELECT * FROM checkpoint ORDER BY batch",
  pruning: "SELECT * FROM pruning",
  postingCounts: "SELECT segment, count(*) AS count FROM posting GROUP BY segment",
  posting: "SELECT records FROM posting WHERE term = ? AND segment = ?",
  bucket: "SELECT events FROM bucket WHERE bucket = ? AND segment = ?",
  macs: "SELECT mac FROM row",
  state: "SELECT digest, mac FROM state WHERE id = 1",
  anyRow: "SELECT 1 FROM row LIMIT 1",
  everyRow: "SELECT * FROM row",
  bucketCounts: "SELECT segment, count(*) AS count FROM bucket GROUP BY segment",
  blockCounts: "SELECT segment, count(*) AS count FROM block GROUP BY segment",
  closedOpen: "SELECT batch FROM trail WHERE batch <= ? LIMIT 1",
  checkpointAt: "SELECT * FROM checkpoint WHERE batch = ?",
} as const;

/** Reads the trail of one database on a connection of its own, which may belong to a running server or to none. */
export class TrailReader implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<keyof typeof queries, StatementSync>();
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true });
    this.#database.exec("PRAGMA busy_timeout = 5000");
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Everything inside sees one moment of the trail, whatever is written meanwhile. */
  atOnce<T>(read: () => T): T {
    this.#database.exec("BEGIN");
    try {
      return read();
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  /** Rows of one of the queries above. */
  *rows<T>(name: keyof typeof queries, ...values: (number | Uint8Array)[]): Generator<T> {
    yield* this.#statement(name).iterate(...values) as unknown as Iterable<T>;
  }
  row<T>(name: keyof typeof queries, ...values: (number | Uint8Array)[]): T | undefined {
    return this.#statement(name).get(...values) as unknown as T | undefined;
  }

  /** The last batch that is closed; 0 when none is. */
  closedBatch(): number {
    const last = this.row<Segment>("lastSegment");
    return last ? last.firstBatch + last.batches - 1 : 0;
  }

  /** Lines of a block; throws when it is not there or does not decompress. */
  block(segment: number, block: number): string[] {
    const row = this.row<{ data: Uint8Array }>("block", segment, block);
    if (!row) throw new Error(`block ${block} of segment ${segment} is missing`);
    return linesOfBlock(row.data);
  }

  /** Records with numbers above `after`, oldest first. */
  *linesAfter(after: number): Generator<NumberedLine> {
    const within = this.row<Segment>("segmentOf", after + 1);
    for (const closed of this.rows<Segment>("segmentsFrom", within?.segment ?? 1)) {
      const skipped = Math.max(0, Math.floor((after + 1 - closed.first) / blockRecords));
      for (let block = skipped; block * blockRecords < closed.records; block++)
        yield* numbered(this.block(closed.segment, block), closed.first + block * blockRecords, after);
    }
    for (const { first, records } of this.rows<StoredBatch>("openAfter", this.closedBatch(), after + 1))
      yield* numbered(records.split("\n"), first, after);
  }

  /** Every batch that is kept, from the first, as the chain hashed it; `hash` where it is stored. */
  *batches(): Generator<Omit<StoredBatch, "hash"> & { readonly hash?: Uint8Array }> {
    yield* this.batchesOf([...this.rows<Segment>("segments")]);
    yield* this.rows<StoredBatch>("openFrom", this.closedBatch() + 1);
  }

  /** The batches of these segments, in order. */
  *batchesOf(segments: readonly Segment[]): Generator<Omit<StoredBatch, "hash"> & { readonly hash?: Uint8Array }> {
    for (const segment of segments) yield* this.#closedBatches(segment);
  }

  *#closedBatches(segment: Segment): Generator<Omit<StoredBatch, "hash"> & { hash?: Uint8Array }> {
    const lines: string[] = [];
    let block = 0;
    let first = segment.first;
    const counts = countsOf(segment.heads);
    for (const [index, count] of counts.entries()) {
      while (lines.length < count && block * blockRecords < segment.records)
        lines.push(...this.block(segment.segment, block++));
      const records = lines.splice(0, count).join("\n");
      const last = index === counts.length - 1;
      yield { batch: segment.firstBatch + index, first, count, records, ...(last && { hash: segment.hash }) };
      first += count;
    }
  }

  /** The database has the tables that this program makes, and nothing else. */
  hasOwnShape(): boolean {
    return shapeOf(this.#database) === ownShape();
  }
  checkpoints(): Checkpoint[] {
    return [...this.rows<Checkpoint>("checkpoints")];
  }
  pruning(): Checkpoint | undefined {
    return this.row<Checkpoint>("pruning");
  }

  #statement(name: keyof typeof queries): StatementSync {
    let statement = this.#statements.get(name);
    if (!statement) this.#statements.set(name, (statement = this.#database.prepare(queries[name])));
    return statement;
  }
}

/** A portion of the records after number `after`; `next` is the number of its last one. */
export function linesFrom(
  reader: TrailReader,
  after: number,
  limit: number,
  mostBytes: number = Number.POSITIVE_INFINITY,
): { lines: string[]; next: number } {
  const lines: string[] = [];
  let next = after;
  let bytes = 0;
  for (const { number, line } of reader.linesAfter(after)) {
    bytes += line.length;
    if (lines.length >= limit || (bytes > mostBytes && lines.length > 0)) break;
    lines.push(line);
    next = number;
  }
  return { lines, next };
}

function* numbered(lines: readonly string[], first: number, after: number): Generator<NumberedLine> {
  for (const [index, line] of lines.entries()) if (first + index > after) yield { number: first + index, line };
}
