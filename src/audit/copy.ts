import type { Checkpoint } from "./chain.ts";
import type { KeptBatch } from "./verify.ts";

/**
 * A copy of the trail that can be verified elsewhere, one JSON value a line:
 *
 *   { "claviger": "trail", "version": 1 }
 *   { "batch", "first", "count", "records": [ … ] }         every batch in order, a record as it was hashed
 *   { "checkpoint" | "pruning": { … } }                     binary members in hexadecimal
 */
const title = { claviger: "trail", version: 1 };

interface Kept {
  readonly batches: Iterable<KeptBatch>;
  readonly checkpoints: readonly Checkpoint[];
  readonly pruning: Checkpoint | undefined;
}

const marked = (name: "checkpoint" | "pruning", { hash, state, signature, ...rest }: Checkpoint): string => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return JSON.stringify({ [name]: { ...rest, hash: hex(hash), state: hex(state), signature: hex(signature) } });
};

export function* copyLines({ batches, checkpoints, pruning }: Kept): Generator<string> {
  yield JSON.stringify(title);
  if (pruning) yield marked("pruning", pruning);
  for (const { batch, first, count, records } of batches)
    yield JSON.stringify({ batch, first, count, records: records.split("\n") });
  for (const checkpoint of checkpoints) yield marked("checkpoint", checkpoint);
}

/** What a copy holds. Throws Error, naming the line, for what is no copy. */
export function readCopy(text: string): Kept {
  const lines = text.split("\n").filter((line) => line !== "");
  const values = lines.map((line, index) => parsed(line, index + 1));
  if (JSON.stringify(values[0]) !== JSON.stringify(title)) throw new Error("it is no copy of a trail");
  const marks = (name: string) => values.flatMap((value) => (value[name] ? [checkpointOf(value[name])] : []));
  const batches = values.flatMap(({ batch, first, count, records }) =>
    Array.isArray(records)
      ? [{ batch: Number(batch), first: Number(first), count: Number(count), records: records.map(String).join("\n") }]
      : [],
  );
  return { batches, checkpoints: marks("checkpoint"), pruning: marks("pruning")[0] };
}

function parsed(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Error(`line ${number} is not a JSON object`);
}

function checkpointOf(value: unknown): Checkpoint {
  const { batch, records, at, hash, state, signature } = value as Record<string, unknown>;
  const bytes = (text: unknown) => Buffer.from(String(text), "hex");
  const numbers = { batch: Number(batch), records: Number(records), at: Number(at) };
  return { ...numbers, hash: bytes(hash), state: bytes(state), signature: bytes(signature) };
}
