import { blockRecords, indexOf, type Segment } from "../../audit/segment.ts";
import { type Cut, PruningRefused } from "../../audit/trail.ts";
import { verifyTrail } from "../../audit/verify.ts";
import type { TrailReader } from "./reader.ts";

export interface CutQuestion {
  /** As event times are written; segments of which a record is not older stay. */
  readonly before: string;
  /** Number of the last record that may go. */
  readonly until: number;
  /** PEM. */
  readonly publicKey: string;
}

/**
 * The oldest closed segments that may go, in order; undefined when there are none. They are verified first: pruning must not
 * take away the evidence of a hand in the trail. Throws PruningRefused.
 */
export function cutOf(reader: TrailReader, { before, until, publicKey }: CutQuestion): Cut | undefined {
  return reader.atOnce(() => {
    const segments: Segment[] = [];
    for (const segment of reader.rows<Segment>("segments")) {
      if (segment.until >= before || segment.first + segment.records - 1 > until) break;
      segments.push(segment);
    }
    const [head, tail] = [segments[0], segments.at(-1)];
    if (!head || !tail) return undefined;
    const batch = tail.firstBatch + tail.batches - 1;
    const checkpoints = reader.checkpoints().filter((checkpoint) => checkpoint.batch <= batch);
    const { problems } = verifyTrail({
      batches: reader.batchesOf(segments),
      checkpoints,
      pruning: reader.pruning(),
      publicKey,
    });
    if (problems[0] !== undefined) throw new PruningRefused(`the part that would go does not hold: ${problems[0]}`);
    return {
      segments: segments.map(({ segment }) => segment),
      first: head.first,
      last: tail.first + tail.records - 1,
      from: segments.reduce((earliest, { from }) => (from < earliest ? from : earliest), head.from),
      until: segments.reduce((latest, one) => (one.until > latest ? one.until : latest), tail.until),
      hash: Buffer.from(tail.hash).toString("hex"),
    };
  });
}

/** The terms under which a segment stands in the index, made again from its records. */
export function termsOfSegment(reader: TrailReader, number: number): Uint8Array[] {
  const segment = reader.row<Segment>("segment", number);
  if (!segment) return [];
  const blocks = Array.from({ length: Math.ceil(segment.records / blockRecords) }, (_, block) => block);
  return indexOf(blocks.flatMap((block) => reader.block(number, block))).postings.map(({ term }) => term);
}
