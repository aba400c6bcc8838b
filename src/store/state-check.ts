import { parentPort, workerData } from "node:worker_threads";
import { DatabaseSync } from "node:sqlite";
import { addMac, type Checkpoint, checkpointHolds } from "../audit/chain.ts";

/**
 * Once after the start, in a thread of its own: are the rows still the set that the signed state names? A row's MAC
 * tells a changed row; only this tells one that was deleted, or put back to what it was before.
 */
const { path, publicKey } = workerData as { path: string; publicKey: string };

parentPort!.postMessage({ problem: problemIn(path) });

function problemIn(file: string): string | undefined {
  using database = new DatabaseSync(file, { readOnly: true });
  // One snapshot, whatever is being written meanwhile.
  database.exec("BEGIN");
  const state = database.prepare("SELECT digest FROM state WHERE id = 1").get()?.digest as Uint8Array;
  const head = Number(database.prepare("SELECT max(batch) AS batch FROM trail").get()?.batch ?? 0);
  const last = database.prepare("SELECT * FROM checkpoint ORDER BY batch DESC LIMIT 1").get() as unknown as
    | Checkpoint
    | undefined;
  let sum: Uint8Array = Buffer.alloc(32);
  for (const { mac } of database.prepare("SELECT mac FROM row").iterate()) sum = addMac(sum, mac as Uint8Array, 1);
  if (Buffer.compare(sum, state) !== 0)
    return "rows of the store were deleted or put back to an older version outside Claviger";
  if (!last) return undefined;
  if (!checkpointHolds(publicKey, last)) return "the last checkpoint does not carry this installation's signature";
  // After a crash the last second is not signed yet; the next checkpoint covers it.
  if (head === last.batch && Buffer.compare(state, last.state) !== 0)
    return "the store's rows are not the ones that the last checkpoint signed";
  return undefined;
}
