import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Programs that judge what is made here; for `test(…, { skip }, …)`: says in one line why, or false. */
export const withoutOpenssl: string | false =
  spawnSync("openssl", ["version"]).status === 0 ? false : "the openssl command is not on this machine";
export const withoutPython: string | false =
  spawnSync("python3", ["-c", "from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem"]).status === 0
    ? false
    : "Python with the package cryptography (48 or newer) is not on this machine";

/** A folder of files for one use of a program. */
export interface Workbench extends Disposable {
  /** Writes a file: its path. */
  file(name: string, bytes: Uint8Array | string): string;
  /** Path of a file that a program will write. */
  path(name: string): string;
  read(name: string): Buffer;
  /** Runs openssl: what it printed. Throws when it says no. */
  openssl(...args: readonly string[]): Buffer;
}

export function workbench(): Workbench {
  const folder = mkdtempSync(join(tmpdir(), "claviger-outside-"));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    file: (name, bytes) => {
      writeFileSync(path(name), bytes);
      return path(name);
    },
    read: (name) => readFileSync(path(name)),
    openssl: (...args) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a Python program on JSON: the JSON it printed. Throws with what it said when it fails. */
export function python(program: string, input: unknown): any {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", program], { input: JSON.stringify(input) });
  if (status !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}
