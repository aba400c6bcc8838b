import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { TrailReader } from "../store/trail/reader.ts";
import { loadRecords } from "./loading.ts";
import { resultName, resultText } from "./results.ts";
import { SandboxDatabase, type SandboxLimits } from "./sandbox-database.ts";
import type { Scope } from "./scope.ts";
import type { Prepared } from "./statement.ts";

/**
 * A process that answers one query and ends. It reads a job from its standard input, the records of the stores from the
 * trail, and runs somebody's SQL over a copy of them in memory: by then the trail is closed, and SQLite may do nothing
 * but read that copy. It writes lines of JSON: `columns`, then `row`s, then `done` or `failed`. Whoever started it ends
 * it when it takes too long or says too much.
 */
export interface Job {
  readonly folder: string;
  readonly prepared: Prepared;
  /** By place in `prepared.stores`. */
  readonly scopes: readonly Scope[];
  readonly parameters: readonly string[];
  readonly limits: SandboxLimits;
}

export type Said =
  | { readonly columns: readonly string[] }
  | { readonly row: readonly string[] }
  | { readonly done: { readonly scanned: number; readonly bytes: number } }
  | { readonly failed: string };

const chunkMost = 64 * 1024;

/** What the process holds before it has read anything. */
const ownBytes = 160 * 1024 * 1024;

function watchMemory({ memoryMost }: SandboxLimits): void {
  const script = new URL(import.meta.url.endsWith(".ts") ? "./memory-watch.ts" : "./memory-watch.js", import.meta.url);
  new Worker(script, { workerData: { most: memoryMost + ownBytes } }).unref();
}

function answer({ folder, prepared, scopes, parameters, limits }: Job, say: (said: Said) => void): void {
  using database = new SandboxDatabase(scopes.length, prepared.columns, limits);
  const done = { scanned: 0, bytes: 0 };
  {
    using reader = new TrailReader(join(folder, "claviger.db"));
    database.begin();
    reader.atOnce(() => {
      for (const [table, scope] of scopes.entries()) {
        const insert = database.inserting(table, prepared.columns);
        const { records, bytes } = loadRecords(reader, scope, prepared, (values) => insert.run(...values));
        done.scanned += records;
        done.bytes += bytes;
      }
    });
    database.commit();
  }
  const statement = database.query(prepared.sql);
  const columns = statement.columns().map(({ name, column }) => ({ name, column }));
  say({ columns: columns.map(resultName) });
  for (const values of statement.iterate(...parameters) as unknown as Iterable<unknown[]>)
    say({ row: columns.map((column, place) => resultText(column, values[place])) });
  say({ done });
}

let waiting = "";
const flush = (): void => {
  process.stdout.write(waiting);
  waiting = "";
};

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
try {
  const job = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Job;
  watchMemory(job.limits);
  answer(job, (said) => {
    waiting += `${JSON.stringify(said)}\n`;
    if (waiting.length > chunkMost) flush();
  });
} catch (error) {
  waiting += `${JSON.stringify({ failed: error instanceof Error ? error.message : String(error) } satisfies Said)}\n`;
}
flush();
