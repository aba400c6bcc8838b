import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Load, load, once } from "./load.ts";
import { cpuSeconds, residentMb, run, runClaviger, type Running, stop } from "./processes.ts";
import { encryptUnder, requestsFor, type Subject, subjects } from "./requests.ts";
import { storeKeys } from "./stored-keys.ts";

/**
 * Measures as the design's section 7 says: user plus system CPU of the whole process per request, against a bare
 * node:http server that reads the body and answers the same bytes with the same headers; distinct signed requests,
 * interleaved rounds, the median of seven.
 */
const rounds = 7;
const perRound = 2000;
const connections = 32;
const storedKeys = 100_000;
const storedCalls = 100_000;
const keysInUse = 1000;

interface Round {
  readonly cpuMicros: number;
  readonly load: Load;
}

interface Result {
  readonly operation: string;
  readonly requestsPerSecond: number;
  readonly cpuMicros: number;
  readonly bareCpuMicros: number;
  readonly ratio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function round(server: Running, requests: readonly Buffer[]): Promise<Round> {
  const before = cpuSeconds(server.child);
  const measured = await load(server.port, requests, connections);
  if (measured.failures > 0) throw new Error(`${measured.failures} of ${requests.length} requests failed`);
  return { cpuMicros: ((cpuSeconds(server.child) - before) / requests.length) * 1e6, load: measured };
}

async function measure(claviger: Running, subject: Subject): Promise<Result> {
  const requests = requestsFor(subject, claviger.port, perRound);
  const sample = await once(claviger.port, requests[0]!);
  const bare = await run([path("bare-server.ts")], {
    BENCH_HEADERS: JSON.stringify(sample.headers),
    BENCH_BODY: sample.body.toString("base64"),
  });
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let index = -1; index < rounds; index++) {
    const measured = [await round(claviger, requests), await round(bare, requests)] as const;
    // The first pair warms both up.
    if (index >= 0) ours.push(measured[0]) && theirs.push(measured[1]);
  }
  await stop(bare);
  const latencies = ours.flatMap(({ load }) => load.latencies).sort((a, b) => a - b);
  return {
    operation: subject.operation,
    requestsPerSecond: median(ours.map(({ load }) => perRound / load.seconds)),
    cpuMicros: median(ours.map(({ cpuMicros }) => cpuMicros)),
    bareCpuMicros: median(theirs.map(({ cpuMicros }) => cpuMicros)),
    ratio: median(ours.map(({ cpuMicros }, index) => cpuMicros / theirs[index]!.cpuMicros)),
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
  };
}

interface Stored {
  readonly keys: number;
  /** Start to listening with that many keys stored. */
  readonly startSeconds: number;
  /** CPU of an Encrypt with that many keys stored, over that of one with a single key. */
  readonly callRatio: number;
  readonly calls: number;
  readonly keysInUse: number;
  /** After that many calls that used that many keys. */
  readonly residentMb: number;
}

/** What many stored keys do to a start, to a call and to memory. `small` is a server with one key. */
async function measureStored(small: Running, json: boolean): Promise<Stored> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  if (!json) console.log(`storing ${storedKeys} keys`);
  const ids = await storeKeys(folder, storedKeys);
  const large = await runClaviger(["dev", "--port", "0", "--data", folder]);
  try {
    const [one] = await subjects(small.port);
    const few = requestsFor(one!, small.port, perRound);
    const many = requestsFor(
      encryptUnder(() => ids[0]!),
      large.port,
      perRound,
    );
    const ratios: number[] = [];
    for (let index = -1; index < rounds; index++) {
      const [less, more] = [await round(small, few), await round(large, many)];
      if (index >= 0) ratios.push(more.cpuMicros / less.cpuMicros);
    }
    let next = 0;
    const inUse = encryptUnder(() => ids[next++ % keysInUse]!);
    for (let done = 0; done < storedCalls; done += perRound)
      await round(large, requestsFor(inUse, large.port, perRound));
    const { startSeconds } = large;
    const callRatio = median(ratios);
    return {
      keys: storedKeys,
      startSeconds,
      callRatio,
      calls: storedCalls,
      keysInUse,
      residentMb: residentMb(large.child),
    };
  } finally {
    await stop(large);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const json = process.argv.includes("--json");
  const folder = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  const claviger = await runClaviger(["dev", "--port", "0", "--data", folder]);
  const { startSeconds } = claviger;
  const tell = (text: string) => void (json || console.log(text));
  try {
    tell(`start to listening ${startSeconds.toFixed(2)} s`);
    const results: Result[] = [];
    for (const subject of await subjects(claviger.port)) {
      results.push(await measure(claviger, subject));
      tell(line(results.at(-1)!));
    }
    const stored = await measureStored(claviger, json);
    tell(storedLines(stored));
    if (json) console.log(JSON.stringify({ startSeconds, results, stored }, null, 2));
  } finally {
    await stop(claviger);
    rmSync(folder, { recursive: true, force: true });
  }
}

const storedLines = ({ keys, startSeconds, callRatio, calls, keysInUse: used, residentMb: mb }: Stored): string =>
  `with ${keys} keys stored: start to listening ${startSeconds.toFixed(2)} s, a call costs ${callRatio.toFixed(2)} times as much\n` +
  `after ${calls} calls with ${used} keys in use: ${mb.toFixed(0)} MB resident`;

const line = (result: Result): string =>
  `${result.operation.padEnd(16)} ${result.requestsPerSecond.toFixed(0).padStart(6)} req/s  ` +
  `${result.cpuMicros.toFixed(0).padStart(5)} µs CPU  bare ${result.bareCpuMicros.toFixed(0)} µs  ` +
  `ratio ${result.ratio.toFixed(2)}  p50 ${result.p50Ms.toFixed(2)} ms  p99 ${result.p99Ms.toFixed(2)} ms`;

if (process.argv.includes("decisions"))
  await (await import("./crowd.ts")).tellDecisions(process.argv.includes("--json"));
else if (process.argv.includes("trail")) await (await import("./trail.ts")).tellTrail(process.argv.includes("--json"));
else await main();
