import { type Batch, chainHash, chainStart, type Checkpoint, checkpointHolds } from "./chain.ts";

/** One batch as it lies in the trail. */
export interface StoredBatch extends Batch {
  readonly hash: Uint8Array;
}

export interface Verdict {
  readonly batches: number;
  readonly records: number;
  readonly checkpoints: number;
  /** What does not hold, one sentence each, in the order of the trail. Empty: the trail is whole. */
  readonly problems: readonly string[];
}

/** Follows the chain from its start and holds every signed checkpoint against it. `publicKey` is PEM. */
export function verifyTrail(
  batches: Iterable<StoredBatch>,
  checkpoints: readonly Checkpoint[],
  publicKey: string,
): Verdict {
  const problems: string[] = [];
  const marks = new Map(checkpoints.map((checkpoint) => [checkpoint.batch, checkpoint]));
  let previous: Uint8Array = chainStart;
  let [number, records] = [0, 0];
  for (const batch of batches) {
    if (batch.batch !== number + 1 || batch.first !== records + 1)
      problems.push(`after batch ${number} comes batch ${batch.batch}: what was between is missing`);
    if (batch.records.split("\n").length !== batch.count || !same(chainHash(previous, batch), batch.hash))
      problems.push(`batch ${batch.batch} (records ${batch.first} to ${batch.first + batch.count - 1}) was changed`);
    previous = batch.hash;
    number = batch.batch;
    records = batch.first + batch.count - 1;
    const mark = marks.get(number);
    if (mark && !same(mark.hash, batch.hash)) problems.push(`the checkpoint at batch ${number} signed another trail`);
  }
  for (const checkpoint of checkpoints) {
    if (!checkpointHolds(publicKey, checkpoint))
      problems.push(`the signature of the checkpoint at batch ${checkpoint.batch} does not hold`);
    if (checkpoint.batch > number)
      problems.push(`a checkpoint signed batch ${checkpoint.batch}, and the trail ends at batch ${number}`);
  }
  return { batches: number, records, checkpoints: checkpoints.length, problems };
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
