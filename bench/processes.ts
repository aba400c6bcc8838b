import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  /** From spawn to the line that says it listens. */
  readonly startSeconds: number;
}

/** Starts a program that prints `Listening on http://127.0.0.1:N`. */
export const run = (args: readonly string[], environment: Record<string, string> = {}): Promise<Running> =>
  listening(process.execPath, args, environment);

/** Starts Claviger as people start it from a checkout. */
export const runClaviger = (args: readonly string[]): Promise<Running> =>
  listening(fileURLToPath(new URL("../claviger", import.meta.url)), args, {});

async function listening(
  program: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Running> {
  const begin = performance.now();
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port) {
      child.stdout.resume();
      return { child, port: Number(port), startSeconds: (performance.now() - begin) / 1000 };
    }
  }
  throw new Error(`${args.join(" ")} ended before it listened`);
}

/** User plus system CPU of the whole process, threads included, in seconds (Linux: /proc, in ticks of 10 ms). */
export function cpuSeconds(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory in MB. */
export function residentMb(child: ChildProcess): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "latin1"));
  return Number(line?.[1] ?? 0) / 1024;
}

export async function stop(running: Running): Promise<void> {
  const ended = new Promise((resolve) => running.child.once("exit", resolve));
  running.child.kill("SIGTERM");
  await ended;
}
