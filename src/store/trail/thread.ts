import { parentPort, workerData } from "node:worker_threads";
import { findRecords, type TrailQuery } from "./find.ts";
import { nextSegment } from "./fold.ts";
import { TrailReader } from "./reader.ts";

/**
 * The thread that reads the trail: look-ups and the making of segments stay off the thread that answers calls. It
 * writes nothing; segments go to the writer.
 */
const port = parentPort!;
const reader = new TrailReader((workerData as { path: string }).path);

const asked = {
  after: ({ after, limit }: { after: number; limit: number }) => {
    const lines: string[] = [];
    let next = after;
    for (const { number, line } of reader.linesAfter(after)) {
      if (lines.length >= limit) break;
      lines.push(line);
      next = number;
    }
    return { lines, next };
  },
  find: (query: TrailQuery) => findRecords(reader, query),
  segment: () => nextSegment(reader),
} as const;

export type Asked = typeof asked;
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
