import type { BatchOutcomes, WriterMessage } from "./batches.ts";
import type { Outcome, Submission } from "./store.ts";

/** What waits for the writer together, and whom to tell. */
export interface Waiting {
  readonly submission: Submission;
  readonly done: (outcome: Outcome | Error) => void;
}

/**
 * The message that carries a batch. Where nobody changes anything and everybody decided on what is newest, the records
 * alone have to be written: one text is cheaper to hand over than many objects.
 */
export function messageOf(batch: readonly Waiting[], changeNumber: number): WriterMessage {
  const plain = batch.every(
    ({ submission: { changes, decidedAt } }) => changes.length === 0 && decidedAt >= changeNumber,
  );
  if (!plain) return { batch: batch.map(({ submission }) => submission) };
  let lines = "";
  let count = 0;
  for (const { submission } of batch)
    for (const record of submission.records) {
      lines += count === 0 ? record : `\n${record}`;
      count += 1;
    }
  return { lines, count };
}

export const outcomeOf = (outcomes: BatchOutcomes, index: number): Outcome =>
  outcomes === "done" ? outcomes : (outcomes[index] ?? "again");

/** How many of the records were written. */
export const recordsOf = (batch: readonly Waiting[], outcomes: BatchOutcomes): number =>
  batch.reduce(
    (sum, { submission }, index) => sum + (outcomeOf(outcomes, index) === "done" ? submission.records.length : 0),
    0,
  );
