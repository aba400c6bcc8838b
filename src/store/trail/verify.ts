import { addMac, type Checkpoint } from "../../audit/chain.ts";
import { blockRecords, indexOf, type Segment } from "../../audit/segment.ts";
import { type Verdict, verifyTrail } from "../../audit/verify.ts";
import type { TrailReader } from "./reader.ts";

export interface VerifySettings {
  /** PEM of the key that signs checkpoints: from the root key, or kept elsewhere. */
  readonly publicKey: string;
  /** The newest checkpoint as it is kept elsewhere. */
  readonly anchor?: Checkpoint | undefined;
}

/** Everything that the database says of the trail, held against each other, at one moment. */
export function verifyDatabase(reader: TrailReader, { publicKey, anchor }: VerifySettings): Verdict {
  return reader.atOnce(() => {
    const checkpoints = reader.checkpoints();
    const pruning = reader.pruning();
    const verdict = verifyTrail({ batches: reader.batches(), checkpoints, pruning, anchor, publicKey });
    const problems = [...verdict.problems, ...indexProblems(reader), ...stateProblems(reader, verdict, checkpoints)];
    return { ...verdict, problems };
  });
}

/** The index is made again from the records: one that leaves something out hides it from whoever looks it up. */
function indexProblems(reader: TrailReader): string[] {
  const counts = new Map(
    [...reader.rows<{ segment: number; count: number }>("postingCounts")].map((row) => [row.segment, row.count]),
  );
  return [...reader.rows<Segment>("segments")].flatMap((segment) => {
    try {
      const whole = indexHolds(reader, segment, counts.get(segment.segment) ?? 0);
      return whole ? [] : [`the index of segment ${segment.segment} is not that of its records`];
    } catch (error) {
      return [`segment ${segment.segment} cannot be read: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

function indexHolds(reader: TrailReader, whole: Segment, count: number): boolean {
  const { segment, records } = whole;
  const blocks = Array.from({ length: Math.ceil(records / blockRecords) }, (_, block) => block);
  const { postings, buckets, from, until } = indexOf(blocks.flatMap((block) => reader.block(segment, block)));
  const same = (a: Uint8Array, b: Uint8Array | undefined) => b !== undefined && Buffer.compare(a, b) === 0;
  return (
    count === postings.length &&
    from === whole.from &&
    until === whole.until &&
    postings.every(({ term, records: places }) =>
      same(places, reader.row<{ records: Uint8Array }>("posting", term, segment)?.records),
    ) &&
    buckets.every(({ bucket, events }) =>
      same(events, reader.row<{ events: Uint8Array }>("bucket", bucket, segment)?.events),
    )
  );
}

/** A row that was taken out, put in or put back shows in the sum of all rows' MACs, which checkpoints sign. */
function stateProblems(reader: TrailReader, verdict: Verdict, checkpoints: readonly Checkpoint[]): string[] {
  const stored = reader.row<{ digest: Uint8Array }>("digest")?.digest ?? Buffer.alloc(32);
  let sum: Uint8Array = Buffer.alloc(32);
  for (const { mac } of reader.rows<{ mac: Uint8Array }>("macs")) sum = addMac(sum, mac, 1);
  const problems =
    Buffer.compare(sum, stored) === 0 ? [] : ["the rows are not those that were written: one was taken out or put in"];
  const last = checkpoints.at(-1);
  if (last?.batch === verdict.batches && Buffer.compare(last.state, stored) !== 0)
    problems.push("the state of the rows is not the one that the last checkpoint signed");
  return problems;
}
