import { addMac, chainStart, type Checkpoint, type Head, headKey } from "../../audit/chain.ts";
import { blockRecords, countsOf, indexOf, type Segment } from "../../audit/segment.ts";
import { type Verdict, verifyTrail } from "../../audit/verify.ts";
import { headHolds } from "../head.ts";
import type { Row } from "../store.ts";
import type { TrailReader } from "./reader.ts";

export interface VerifySettings {
  /** PEM of the key that signs checkpoints: from the root key, or kept elsewhere. */
  readonly publicKey: string;
  /** The seed that this key is made of, for who has the root key: what no checkpoint has signed yet is vouched for too. */
  readonly seed?: Uint8Array | undefined;
  /** For who has the root key: the MAC that a row must carry. */
  readonly macOf?: ((row: Row) => Uint8Array) | undefined;
  /** The newest checkpoint as it is kept elsewhere. */
  readonly anchor?: Checkpoint | undefined;
  /** Wall clock, milliseconds. */
  readonly now?: number | undefined;
}

/** A running service signs every second: records that are unsigned for longer than this have to be vouched for. */
const unsignedMostMs = 10_000;

/** Everything that the database says of the trail, held against each other, at one moment. */
export function verifyDatabase(reader: TrailReader, settings: VerifySettings): Verdict {
  const { publicKey, anchor } = settings;
  return reader.atOnce(() => {
    const checkpoints = reader.checkpoints();
    const pruning = reader.pruning();
    const verdict = verifyTrail({ batches: reader.batches(), checkpoints, pruning, anchor, publicKey });
    const problems = [
      ...verdict.problems,
      ...(reader.hasOwnShape() ? [] : ["the database has tables, triggers or views that are not those of the service"]),
      ...endProblems(reader, verdict, settings, checkpoints.at(-1)),
      ...segmentProblems(reader, pruning),
      ...stateProblems(reader, verdict, checkpoints),
      ...rowProblems(reader, settings),
    ];
    return { ...verdict, problems };
  });
}

/** Where the trail ends is vouched for by the MAC in the state, or by a checkpoint that was signed just now. */
function endProblems(
  reader: TrailReader,
  { batches, records, hash, unsigned }: Verdict,
  { seed, now = Date.now() }: VerifySettings,
  last: Checkpoint | undefined,
): string[] {
  const head: Head = { batch: batches, records, hash: Buffer.from(hash, "hex") };
  const state = reader.row<{ digest: Uint8Array; mac: Uint8Array }>("state");
  if (seed) {
    const fresh = batches === 0 && state?.mac.length === 0 && reader.row("anyRow") === undefined;
    if (fresh || (state && headHolds(headKey(seed), head, state.digest, state.mac))) return [];
    return ["the trail does not end where it was written last: its newest records were cut, changed or added to"];
  }
  if (unsigned === 0 || (last && now - last.at < unsignedMostMs)) return [];
  return [
    `the last ${unsigned} records are signed by no checkpoint: only the root key can tell whether they are what was written`,
  ];
}

/** What is kept of closed segments is made again from their records: an index that leaves something out hides it. */
function segmentProblems(reader: TrailReader, pruning: Checkpoint | undefined): string[] {
  const counted = (name: "postingCounts" | "bucketCounts" | "blockCounts") =>
    new Map([...reader.rows<{ segment: number; count: number }>(name)].map(({ segment, count }) => [segment, count]));
  const counts = {
    postings: counted("postingCounts"),
    buckets: counted("bucketCounts"),
    blocks: counted("blockCounts"),
  };
  const problems: string[] = [];
  const known = new Set<number>();
  let before: Pick<Segment, "segment" | "hash" | "firstBatch" | "batches" | "first" | "records"> = {
    segment: 0,
    hash: pruning?.hash ?? chainStart,
    firstBatch: 1,
    batches: pruning?.batch ?? 0,
    first: 1,
    records: pruning?.records ?? 0,
  };
  for (const segment of reader.rows<Segment>("segments")) {
    known.add(segment.segment);
    const follows =
      same(segment.previous, before.hash) &&
      segment.firstBatch === before.firstBatch + before.batches &&
      segment.first === before.first + before.records;
    if (!follows) problems.push(`segment ${segment.segment} does not follow the one before`);
    before = segment;
    try {
      if (!segmentHolds(reader, segment, counts))
        problems.push(`segment ${segment.segment} or its index is not that of its records`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(`segment ${segment.segment} cannot be read: ${why}`);
    }
  }
  for (const [name, segments] of Object.entries(counts))
    for (const segment of segments.keys())
      if (!known.has(segment) && segment <= before.segment)
        problems.push(`${name} of segment ${segment} belong to none`);
  const stray = reader.row<{ batch: number }>("closedOpen", reader.closedBatch());
  if (stray) problems.push(`batch ${stray.batch} is open, though it was closed`);
  return problems;
}

function segmentHolds(
  reader: TrailReader,
  { segment, records, batches, heads, from, until }: Segment,
  counts: Readonly<Record<"postings" | "buckets" | "blocks", ReadonlyMap<number, number>>>,
): boolean {
  const blocks = Array.from({ length: Math.ceil(records / blockRecords) }, (_, block) => reader.block(segment, block));
  const full = blocks.every((lines, block) => lines.length === Math.min(blockRecords, records - block * blockRecords));
  const heading = countsOf(heads);
  const index = indexOf(blocks.flat());
  return (
    full &&
    heading.length === batches &&
    heading.reduce((sum, count) => sum + count, 0) === records &&
    index.from === from &&
    index.until === until &&
    counts.blocks.get(segment) === blocks.length &&
    counts.postings.get(segment) === index.postings.length &&
    counts.buckets.get(segment) === index.buckets.length &&
    index.postings.every(({ term, records: places }) =>
      same(places, reader.row<{ records: Uint8Array }>("posting", term, segment)?.records),
    ) &&
    index.buckets.every(({ bucket, events }) =>
      same(events, reader.row<{ events: Uint8Array }>("bucket", bucket, segment)?.events),
    )
  );
}

/** A row that was taken out, put in or put back shows in the sum of all rows' MACs, which is signed with the trail. */
function stateProblems(reader: TrailReader, verdict: Verdict, checkpoints: readonly Checkpoint[]): string[] {
  const stored = reader.row<{ digest: Uint8Array }>("state")?.digest ?? Buffer.alloc(0);
  let sum: Uint8Array = Buffer.alloc(32);
  for (const { mac } of reader.rows<{ mac: Uint8Array }>("macs")) sum = addMac(sum, mac, 1);
  const problems = same(sum, stored) ? [] : ["the rows are not those that were written: one was taken out or put in"];
  const last = checkpoints.at(-1);
  if (last?.batch === verdict.batches && !same(last.state, stored))
    problems.push("the state of the rows is not the one that the last checkpoint signed");
  return problems;
}

const rowProblemsMost = 100;

function rowProblems(reader: TrailReader, { macOf }: VerifySettings): string[] {
  const problems: string[] = [];
  if (!macOf) return problems;
  for (const row of reader.rows<Row>("everyRow"))
    if (!same(macOf(row), row.mac) && problems.length < rowProblemsMost)
      problems.push(`the ${row.kind} row "${row.id}" does not carry the MAC of its content`);
  return problems;
}

const same = (a: Uint8Array, b: Uint8Array | undefined): boolean => b !== undefined && Buffer.compare(a, b) === 0;
