import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { keySpecOf } from "./key-specs.ts";
import { movable, type Work, type WorkDone } from "./pool-work.ts";

/**
 * One thread of the pool: performs a function of the table of key specs at a time, and wipes the bytes it was given
 * and those it answers.
 */
const port = parentPort!;

// On Linux a priority of "this process" is this thread's own: the main thread goes first when cores are few. Not the
// lowest: where other programs want the cores, signatures would wait for seconds.
if (process.platform === "linux") setPriority(0, 10);

port.on("message", (work: Work) => {
  perform(work).then(
    (value) => {
      const names = isObject(value) ? Object.keys(value) : [];
      const { moved, buffers } = movable(isObject(value) ? Object.values(value) : [value]);
      const sent = isObject(value) ? Object.fromEntries(names.map((name, index) => [name, moved[index]])) : moved[0];
      port.postMessage({ value: sent } satisfies WorkDone, buffers);
      wipe(value);
    },
    (error: unknown) => {
      port.postMessage({ failed: error instanceof Error ? error.message : String(error) } satisfies WorkDone);
    },
  );
});

async function perform({ spec, usage, name, does, parts }: Work): Promise<unknown> {
  const entry = keySpecOf(spec);
  const algorithms = usage === undefined ? undefined : entry.usages[usage as keyof typeof entry.usages];
  const found: unknown = usage === undefined ? "pairs" in entry && entry.pairs : algorithms?.[name ?? ""];
  const made = (found as Record<string, (...given: readonly unknown[]) => unknown>)[does];
  if (!made) throw new Error(`${spec} does not ${does}`);
  try {
    return await made(...parts);
  } finally {
    wipe(parts);
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof Uint8Array);

/** Everything made of bytes, one level deep. */
function wipe(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0);
  else if (isObject(value)) for (const part of Object.values(value)) if (part instanceof Uint8Array) part.fill(0);
}
