import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuSeconds, residentMb } from "./processes.ts";

/**
 * What encryption costs an attached volume: the same server with its cipher and without it, and qemu-nbd on a raw image
 * and on a LUKS image, all driven by `qemu-img bench` over a Unix socket; rounds interleaved, the median of them.
 */
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const mebibytes = 512;

interface Workload {
  readonly name: string;
  readonly bytes: number;
  readonly count: number;
  readonly write: boolean;
  /** Bytes from one request to the next: far apart and never in order. */
  readonly step: number;
}

const sequential = { bytes: 262_144, count: 4000, step: 262_144 };
const scattered = { bytes: 4096, count: 40_000, step: 4096 * 7919 };
const workloads: readonly Workload[] = [
  { name: "write, in order, 256 KiB", ...sequential, write: true },
  { name: "read, in order, 256 KiB", ...sequential, write: false },
  { name: "write, scattered, 4 KiB", ...scattered, write: true },
  { name: "read, scattered, 4 KiB", ...scattered, write: false },
];

interface Served {
  readonly name: string;
  readonly child: ChildProcess;
  readonly uri: string;
}

const folder = mkdtempSync(join(tmpdir(), "claviger-bench-"));
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function claviger(kind: "xts" | "plain"): Promise<Served> {
  const own = mkdtempSync(join(folder, `${kind}-`));
  const socket = join(own, "s");
  const child = spawn(process.execPath, [path("disk-server.ts"), own, socket, String(mebibytes), kind], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return {
    name: `claviger, ${kind === "xts" ? "AES-256-XTS" : "no cipher"}`,
    child,
    uri: `nbd+unix:///disk?socket=${socket}`,
  };
}

async function qemu(kind: "raw" | "luks"): Promise<Served> {
  const image = join(folder, `${kind}.img`);
  const socket = join(folder, `${kind}.sock`);
  const secret = join(folder, "secret");
  writeFileSync(secret, "a passphrase", { mode: 0o600 });
  const object = ["--object", `secret,id=s,file=${secret}`];
  const luks = ["-o", "key-secret=s,cipher-alg=aes-256,cipher-mode=xts,iter-time=100"];
  const made = ["create", "-q", "-f", kind, ...(kind === "luks" ? [...object, ...luks] : []), image, `${mebibytes}M`];
  if (spawnSync("qemu-img", made, { stdio: "inherit" }).status !== 0) throw new Error("qemu-img makes no image");
  const opened =
    kind === "luks"
      ? [...object, "--image-opts", `driver=luks,key-secret=s,file.driver=file,file.filename=${image}`]
      : ["-f", "raw", image];
  const child = spawn("qemu-nbd", ["-t", "-e", "8", "-x", "disk", "-k", socket, ...opened], { stdio: "inherit" });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return {
    name: `qemu-nbd, ${kind === "luks" ? "LUKS AES-256-XTS" : "raw"}`,
    child,
    uri: `nbd+unix:///disk?socket=${socket}`,
  };
}

interface Measured {
  readonly mebibytesPerSecond: number;
  /** Of the server, user and system, for each MiB. */
  readonly cpuMs: number;
}

async function measure({ child, uri }: Served, { bytes, count, write, step }: Workload): Promise<Measured> {
  const before = cpuSeconds(child);
  const args = [
    "bench",
    "-f",
    "raw",
    "-t",
    "none",
    "-c",
    String(count),
    "-d",
    "16",
    "-s",
    String(bytes),
    "-S",
    String(step),
  ];
  const bench = spawn("qemu-img", [...args, ...(write ? ["-w"] : []), uri], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  bench.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((resolve) => bench.once("close", resolve));
  const seconds = Number(/Run completed in ([\d.]+) seconds/.exec(text)?.[1]);
  const moved = (bytes * count) / 1024 ** 2;
  return { mebibytesPerSecond: moved / seconds, cpuMs: ((cpuSeconds(child) - before) / moved) * 1000 };
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function main(): Promise<void> {
  const served = [await claviger("plain"), await claviger("xts"), await qemu("raw"), await qemu("luks")];
  const figures = new Map<string, Measured[]>();
  for (let round = -1; round < rounds; round++)
    for (const workload of workloads)
      for (const one of served) {
        const measured = await measure(one, workload);
        const name = `${workload.name}\n${one.name}`;
        if (round >= 0) figures.set(name, [...(figures.get(name) ?? []), measured]);
      }
  for (const { name } of workloads) {
    process.stdout.write(`${name}\n`);
    const rates = served.map((one) => median(figures.get(`${name}\n${one.name}`)!.map((m) => m.mebibytesPerSecond)));
    for (const [index, one] of served.entries()) {
      const cpu = median(figures.get(`${name}\n${one.name}`)!.map(({ cpuMs }) => cpuMs));
      const share = ((rates[index]! / rates[index < 2 ? 0 : 2]!) * 100).toFixed(0);
      process.stdout.write(
        `  ${one.name.padEnd(28)} ${rates[index]!.toFixed(0).padStart(6)} MiB/s ${share.padStart(4)} %  ${cpu.toFixed(2)} ms CPU a MiB\n`,
      );
    }
  }
  for (const one of served.slice(0, 2))
    process.stdout.write(`${one.name}: ${residentMb(one.child).toFixed(0)} MB resident\n`);
  for (const { child } of served) child.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}

await main();
