import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Disk } from "../src/disks/disk.ts";
import { Disks } from "../src/disks/disks.ts";

/**
 * How fast a snapshot is copied under another key, tags checked and made, beside the machine's own AES-256-XTS in
 * sectors of 4 KiB for the two passes that a copy needs, on as many threads; rounds interleaved, the median of them.
 */
const rounds = 5;
const blockBytes = 524_288;
const blocks = 2048;
const mebibytes = (blocks * blockBytes) / 1024 ** 2;
const threads = Math.max(2, Math.min(8, availableParallelism()));

interface Rate {
  readonly perSecond: number;
  /** MiB for each second of the processor, whatever else runs on the machine. */
  readonly perCpuSecond: number;
}

async function rateOf(act: () => Promise<unknown>): Promise<Rate> {
  const [cpu, at] = [process.cpuUsage(), performance.now()];
  await act();
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: mebibytes / ((performance.now() - at) / 1000),
    perCpuSecond: mebibytes / ((user + system) / 1e6),
  };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function twoPasses(workers: readonly Worker[]): Promise<void> {
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve) => {
          worker.once("message", resolve);
          worker.postMessage(blocks / workers.length);
        }),
    ),
  );
}

/** A frozen disk, each of whose blocks holds something. */
async function filled(disks: Disks, id: string, key: Buffer): Promise<string> {
  await disks.order(id, "create", { id });
  {
    using disk = new Disk(disks.folder, { bytes: blocks * blockBytes, below: [], top: id }, key);
    for (let block = 0; block < blocks; block++) disk.write(block * blockBytes, randomBytes(blockBytes));
    disk.flush();
  }
  return (await disks.order(id, "freeze", { id, key }))!;
}

const json = process.argv.includes("--json");
const folder = mkdtempSync(join(tmpdir(), "claviger-bench-"));
const disks = new Disks(folder, () => undefined);
const workers = Array.from({ length: threads }, () => new Worker(new URL("xts-passes.ts", import.meta.url)));
try {
  const [fromKey, toKey] = [randomBytes(64), randomBytes(64)];
  const source = { id: "source", root: await filled(disks, "source", fromKey) };
  const bytes = blocks * blockBytes;
  const before = process.memoryUsage().rss;
  let most = 0;
  const [copies, passes]: [Rate[], Rate[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    const id = `copy-${round}`;
    const pass = await rateOf(() => twoPasses(workers));
    await disks.order(id, "create", { id });
    const order = { from: { bytes, below: [source] }, fromKey, to: { bytes, below: [], top: id }, toKey };
    const copied = await rateOf(async () => {
      const tags = await disks.spread(
        "copy",
        (part) => ({ ...order, part }),
        () => undefined,
      );
      await disks.order(id, "freeze", { id, key: toKey, tags });
      most = Math.max(most, process.memoryUsage().rss);
    });
    await disks.order(id, "remove", { id });
    // The first pair warms both up.
    if (round >= 0) passes.push(pass) && copies.push(copied);
  }
  const of = (rates: readonly Rate[], unit: keyof Rate): number => median(rates.map((rate) => rate[unit]));
  const ratio = (unit: keyof Rate): number => median(copies.map((rate, index) => rate[unit] / passes[index]![unit]));
  const result = {
    threads,
    mebibytes,
    copy: { perSecond: of(copies, "perSecond"), perCpuSecond: of(copies, "perCpuSecond") },
    xtsTwoPasses: { perSecond: of(passes, "perSecond"), perCpuSecond: of(passes, "perCpuSecond") },
    ratio: ratio("perSecond"),
    cpuRatio: ratio("perCpuSecond"),
    grownMb: Math.max(0, (most - before) / 1024 ** 2),
  };
  const whole = (value: number): string => value.toFixed(0);
  process.stdout.write(
    json
      ? `${JSON.stringify(result)}\n`
      : `A copy of ${mebibytes} MiB under another key, on ${threads} threads: ${whole(result.copy.perSecond)} MiB/s; ` +
          `AES-256-XTS alone, two passes: ${whole(result.xtsTwoPasses.perSecond)} MiB/s; ratio ${result.ratio.toFixed(2)}, ` +
          `by processor time ${result.cpuRatio.toFixed(2)}; memory grew by ${whole(result.grownMb)} MB.\n`,
  );
} finally {
  for (const worker of workers) await worker.terminate();
  await disks.close();
  rmSync(folder, { recursive: true, force: true });
}
