import { parentPort, workerData } from "node:worker_threads";
import { DatabaseSync } from "node:sqlite";
import { Batches, type WriterMessage } from "./batches.ts";
import { Folding } from "./trail/folding.ts";
import type { CutSegment } from "./trail/trail.ts";
import { OwnFiles } from "./own-files.ts";
import { openSchema } from "./schema.ts";

/**
 * The one writer thread: owns the only writing connection. It is posted batches and posts back their outcomes, in
 * order; a failed transaction is an outcome too.
 */
const port = parentPort!;
const { path, seed, faults } = workerData as { path: string; seed: Uint8Array; faults: boolean };

const database = new DatabaseSync(path);
openSchema(database);
const batches = new Batches(database, seed);
const folding = new Folding(database);
const files = new OwnFiles(path);
files.check();
port.postMessage({
  ready: true,
  changeNumber: batches.changeNumber,
  rows: database.prepare("SELECT 1 FROM row LIMIT 1").get() !== undefined,
  open: openRecords(),
  last: batches.lastRecord,
});

/** What was committed is signed at most this much later. */
const checkpointMs = 1000;
setInterval(checkpoint, checkpointMs);

/** A test's hand on the sync: how long a commit takes and whether it fails. Off unless a test asked for it. */
let fault = { delayMs: 0, fail: "" };

port.on("message", (message: WriterMessage) => {
  if ("fault" in message) {
    if (faults) fault = message.fault;
  } else if ("close" in message) {
    checkpoint();
    database.close();
    port.postMessage({ ended: true });
    process.exit(0);
  } else if ("closed" in message) {
    folding.add(message.closed, () => port.postMessage({ folded: message.closed.segment }));
    fold();
  } else if ("cut" in message) {
    port.postMessage(cut(message.cut));
  } else {
    port.postMessage(commit(message));
  }
});

function commit(message: Extract<WriterMessage, { batch: unknown } | { lines: string }>): object {
  try {
    if (fault.delayMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.delayMs);
    files.check();
    if ("lines" in message) return batches.append(message.lines, message.count, fault.fail);
    return batches.commit(message.batch, fault.fail);
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

function cut(segment: CutSegment): object {
  try {
    batches.cut(segment);
    return { folded: segment.segment };
  } catch (error) {
    return { foldingFailed: error instanceof Error ? error.message : String(error) };
  }
}

/** A checkpoint that cannot be written now is made the next time; the trail is as durable without it. */
function checkpoint(): void {
  try {
    const signed = batches.checkpoint();
    if (signed) port.postMessage({ checkpoint: signed });
  } catch {
    // A full disk is told by the next commit.
  }
}

/** Between batches, one short step after the other. */
function fold(): void {
  try {
    folding.step();
  } catch (error) {
    folding.clear();
    port.postMessage({ foldingFailed: error instanceof Error ? error.message : String(error) });
  }
  if (folding.pending) setImmediate(fold);
}

function openRecords(): number {
  const row = database
    .prepare(
      "SELECT sum(count) AS open FROM trail WHERE batch >= coalesce((SELECT max(firstBatch + batches) FROM segment), 0)",
    )
    .get();
  return Number(row?.open ?? 0);
}
