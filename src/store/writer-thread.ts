import { Worker } from "node:worker_threads";
import type { Checkpoint } from "../audit/chain.ts";
import type { BatchResult } from "./batches.ts";

/** Where things stand when the writer has opened the database. */
export interface WriterReady {
  readonly ready: true;
  readonly changeNumber: number;
  /** Is there any row? */
  readonly rows: boolean;
  /** Records in the open end of the trail, and the number of the last one. */
  readonly open: number;
  readonly last: number;
}

export interface StartedWriter {
  readonly worker: Worker;
  readonly ready: WriterReady;
}

export type WriterReply =
  | BatchResult
  | { failed: string }
  | WriterReady
  | { checkpoint: Checkpoint }
  | { folded: number }
  | { foldingFailed: string }
  | { ended: true };

/** What these threads hold lives as long as one batch: a larger nursery would only be resident. */
const youngMb = 4;

/** A thread of this folder. Its file ends as this one does: .ts from a checkout, .js when published. */
export function startThread(name: "writer" | "state-check", workerData: object): Worker {
  const script = new URL(`./${name}.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);
  return new Worker(script, { workerData, resourceLimits: { maxYoungGenerationSizeMb: youngMb } });
}

/** Throws what the writer threw while it opened the database. */
export async function startWriter(
  path: string,
  settings: { readonly seed: Uint8Array; readonly faults?: boolean },
): Promise<StartedWriter> {
  const worker = startThread("writer", { path, seed: settings.seed, faults: settings.faults ?? false });
  const ready = await new Promise<WriterReady>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return { worker, ready };
}
