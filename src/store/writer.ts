import { parentPort, workerData } from "node:worker_threads";
import { DatabaseSync } from "node:sqlite";
import { Batches, type WriterMessage } from "./batches.ts";
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
port.postMessage({ ready: true, changeNumber: batches.changeNumber });

/** A test's hand on the sync: how long a commit takes and whether it fails. Off unless a test asked for it. */
let fault = { delayMs: 0, fail: "" };

port.on("message", (message: WriterMessage) => {
  if ("fault" in message) {
    if (faults) fault = message.fault;
  } else if ("close" in message) {
    batches.checkpoint();
    database.close();
    port.postMessage({ closed: true });
    port.close();
  } else {
    port.postMessage(commit(message.batch));
  }
});

function commit(batch: Parameters<Batches["commit"]>[0]): object {
  try {
    if (fault.delayMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.delayMs);
    return batches.commit(batch, fault.fail);
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}
