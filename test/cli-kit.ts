import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../src/cli/command-line.ts";

export const program: string = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process. */
export async function claviger(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const home = { AWS_CONFIG_FILE: "/nonexistent", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent" };
  const terminal = {
    env: { PATH: process.env.PATH, ...home, ...env },
    print: (line: string) => void out.push(line),
    warn: (line: string) => void err.push(line),
  };
  const code = await runCommandLine(args, terminal);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Runs the program in a process of its own, or any other. */
export function ran(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd?: string,
): Promise<Ran> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env, ...(cwd && { cwd }) });
  return ended(child);
}

export function ended(child: ChildProcess): Promise<Ran> {
  const texts = { out: "", err: "" };
  child.stdout?.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (texts.err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, ...texts }));
  });
}

/** A service in a process of its own; what leaves its scope without having ended it kills it. */
export interface Started extends Disposable {
  readonly url: string;
  readonly port: number;
  /** Everything it said before it listened. */
  readonly told: string;
  readonly child: ChildProcess;
  readonly end: Promise<Ran>;
}

export async function started(...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const end = ended(child);
  let told = "";
  while (!told.includes("Listening on ")) {
    const [chunk] = (await Promise.race([once(child.stdout, "data"), end.then((ran) => [ran.err])])) as [unknown];
    told += String(chunk);
    if (child.exitCode !== null) throw new Error(told);
  }
  const url = /^Listening on (\S+)$/m.exec(told)?.[1] ?? "";
  return { url, port: Number(new URL(url).port), told, child, end, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

export interface TemporaryFolder extends Disposable {
  readonly path: string;
  file(name: string): string;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), "claviger-test-"));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
