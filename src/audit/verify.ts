import { type Batch, chainHash, chainStart, type Checkpoint, checkpointHolds, pruningHolds } from "./chain.ts";

/** One batch as it is kept; `hash` where it is stored beside it. */
export type KeptBatch = Batch & { readonly hash?: Uint8Array };

/** Everything that says what the trail must be. */
export interface Evidence {
  readonly batches: Iterable<KeptBatch>;
  readonly checkpoints: readonly Checkpoint[];
  /** Where the trail begins when its oldest part was let go. */
  readonly pruning?: Checkpoint | undefined;
  /** The newest checkpoint as it is kept elsewhere. */
  readonly anchor?: Checkpoint | undefined;
  /** PEM of the key that signs checkpoints. */
  readonly publicKey: string;
}

export interface Verdict {
  readonly batches: number;
  /** Number of the last record, and of the last one that was pruned. */
  readonly records: number;
  readonly pruned: number;
  readonly checkpoints: number;
  /** Records that no checkpoint has signed yet. */
  readonly unsigned: number;
  readonly hash: string;
  /** What does not hold, one sentence each, in the order of the trail. Empty: the trail is whole. */
  readonly problems: readonly string[];
}

/** Sentences kept; a trail that was rewritten breaks everywhere. */
const problemsMost = 100;

/** Follows the chain from its start and holds every signed statement against it. */
export function verifyTrail({ batches, checkpoints, pruning, anchor, publicKey }: Evidence): Verdict {
  const problems: string[] = [];
  const problem = (text: string) => void (problems.length < problemsMost && problems.push(text));
  // What an anchor signed that was pruned since cannot be held against anything; its signature can.
  const marks = marksOf([...checkpoints, ...(anchor ? [anchor] : [])]);
  if (pruning && !pruningHolds(publicKey, pruning)) problem("the signature of the pruned part does not hold");
  let hash: Uint8Array = pruning?.hash ?? chainStart;
  let [number, records, signed] = [pruning?.batch ?? 0, pruning?.records ?? 0, pruning?.records ?? 0];
  for (const batch of readable(batches, (why) => problem(`what follows batch ${number} cannot be read: ${why}`))) {
    if (batch.batch !== number + 1 || batch.first !== records + 1)
      problem(`after batch ${number} comes batch ${batch.batch}: what was between is missing`);
    const computed = chainHash(hash, batch);
    const counted = batch.records === "" ? 0 : batch.records.split("\n").length;
    if (counted !== batch.count || (batch.hash && !same(computed, batch.hash)))
      problem(`batch ${batch.batch} (records ${batch.first} to ${batch.first + batch.count - 1}) was changed`);
    hash = batch.hash ?? computed;
    number = batch.batch;
    records = batch.first + batch.count - 1;
    for (const mark of marks.get(number) ?? []) {
      if (same(mark.hash, computed) && mark.records === records) signed = records;
      else problem(`${mark === anchor ? "the anchor" : "the checkpoint"} at batch ${number} signed another trail`);
    }
  }
  for (const mark of marks.values())
    for (const one of mark) {
      const name = one === anchor ? "the anchor" : "a checkpoint";
      if (!checkpointHolds(publicKey, one)) problem(`the signature of ${name} at batch ${one.batch} does not hold`);
      if (one.batch > number) problem(`${name} signed batch ${one.batch}, and the trail ends at batch ${number}`);
    }
  const text = Buffer.from(hash).toString("hex");
  const unsigned = records - signed;
  const pruned = pruning?.records ?? 0;
  return { batches: number, records, pruned, checkpoints: checkpoints.length, unsigned, hash: text, problems };
}

/** What cannot be read is a finding, not the end of the verification. */
function* readable(batches: Iterable<KeptBatch>, failed: (why: string) => void): Generator<KeptBatch> {
  try {
    yield* batches;
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error));
  }
}

function marksOf(checkpoints: readonly Checkpoint[]): Map<number, Checkpoint[]> {
  const marks = new Map<number, Checkpoint[]>();
  for (const one of checkpoints) marks.set(one.batch, [...(marks.get(one.batch) ?? []), one]);
  return marks;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
