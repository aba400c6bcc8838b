import { parentPort, workerData } from "node:worker_threads";
import type { ClosedSegment } from "../../audit/segment.ts";
import { type Tally, tallyLines } from "../../audit/tally.ts";
import { type Checkpoint, checkpointPublicKey } from "../../audit/chain.ts";
import { type Cut, PruningRefused, type NumberedLine, type TrailQuery } from "../../audit/trail.ts";
import type { Verdict } from "../../audit/verify.ts";
import { findRecords } from "./find.ts";
import { verifyDatabase } from "./verify.ts";
import { nextSegment } from "./fold.ts";
import { type CutQuestion, cutOf, termsOfSegment } from "./pruning.ts";
import { linesFrom, TrailReader } from "./reader.ts";

/**
 * The thread that reads the trail: look-ups and the making of segments stay off the thread that answers calls. It
 * writes nothing; segments go to the writer.
 */
const port = parentPort!;
const reader = new TrailReader((workerData as { path: string }).path);

export interface Asked {
  after(input: { after: number; limit: number; mostBytes: number | undefined }): { lines: string[]; next: number };
  tally(input: { after: number; limit: number }): Tally;
  find(query: TrailQuery): NumberedLine[];
  segment(before: string | undefined): ClosedSegment | undefined;
  cut(question: CutQuestion): Cut | { refused: string } | undefined;
  terms(segment: number): Uint8Array[];
  verify(input: { seed: Uint8Array }): Verdict;
  wentThrough(checkpoint: Checkpoint): boolean;
}

const asked: Asked = {
  after: ({ after, limit, mostBytes }) => reader.atOnce(() => linesFrom(reader, after, limit, mostBytes)),
  tally: ({ after, limit }) => {
    const { lines, next } = reader.atOnce(() => linesFrom(reader, after, limit));
    return { alike: tallyLines(lines), next };
  },
  find: (query) => findRecords(reader, query),
  segment: (before) => nextSegment(reader, before),
  cut: (question) => {
    try {
      return cutOf(reader, question);
    } catch (error) {
      if (error instanceof PruningRefused) return { refused: error.message };
      throw error;
    }
  },
  terms: (segment) => termsOfSegment(reader, segment),
  verify: ({ seed }) => verifyDatabase(reader, { publicKey: checkpointPublicKey(seed), seed }),
  // Its state may have been signed again since (rows that change without a record).
  wentThrough: ({ batch, records, hash }) => {
    // Of what was let go since, nothing is left to be held against it.
    if ((reader.pruning()?.batch ?? 0) >= batch) return true;
    const signed = reader.row<Checkpoint>("checkpointAt", batch);
    return signed?.records === records && Buffer.compare(signed.hash, hash) === 0;
  },
};

export interface Question {
  readonly id: number;
  readonly name: keyof Asked;
  readonly input: unknown;
}

port.on("message", ({ id, name, input }: Question) => {
  try {
    port.postMessage({ id, answer: (asked[name] as (given: unknown) => unknown)(input) });
  } catch (error) {
    port.postMessage({ id, failed: error instanceof Error ? error.message : String(error) });
  }
});
