import { spawn } from "node:child_process";
import { constants } from "node:os";
import { OperatorError } from "../errors.ts";
import { AwsRefusal } from "./aws-client.ts";
import { AwsSettings } from "./aws-settings.ts";
import type { Terminal } from "./command.ts";
import { type Assignment, parseDotenv } from "./dotenv.ts";
import { readText } from "./env-encrypt.ts";
import { isDamaged, isSealed, openValue, regionOf } from "./sealed-value.ts";

export interface RunFlags {
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
}

/** How many values are decrypted at once. */
const atOnce = 8;

const passedOn: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGWINCH"];

/** The program starts only when every value could be decrypted. Resolves to its exit code. */
export async function runWithFile(
  file: string,
  words: readonly string[],
  flags: RunFlags,
  terminal: Terminal,
): Promise<number> {
  const pieces = parseDotenv(readText(file), file);
  const values = await decrypted(
    pieces.filter((piece) => piece.kind === "assignment"),
    flags,
    terminal,
  );
  return await runProgram(words, { ...terminal.env, ...values });
}

async function decrypted(
  assignments: readonly Assignment[],
  flags: RunFlags,
  terminal: Terminal,
): Promise<Record<string, string>> {
  const settings = new AwsSettings(terminal.env, flags.profile);
  const values = assignments.map(({ value }) => value);
  const open = async (index: number) => {
    const { name, value, line } = assignments[index]!;
    if (isDamaged(value)) throw new OperatorError(`Cannot decrypt ${name}: line ${line} holds a damaged ciphertext`);
    if (!isSealed(value)) return;
    const endpoint = settings.of("kms", flags.region ?? regionOf(value), flags.endpoint);
    try {
      values[index] = await openValue(name, value, endpoint);
    } catch (error) {
      if (!(error instanceof AwsRefusal)) throw error;
      throw new OperatorError(`Cannot decrypt ${name}: ${error.code}: ${error.message}`);
    }
  };
  for (let index = 0; index < values.length; index += atOnce)
    await Promise.all(values.slice(index, index + atOnce).map((_, offset) => open(index + offset)));
  return Object.fromEntries(assignments.map(({ name }, index) => [name, fitting(name, values[index] ?? "")]));
}

/** Refused here: the error that starting a program would give repeats the value. */
function fitting(name: string, value: string): string {
  if (!value.includes("\0")) return value;
  throw new OperatorError(`Cannot put ${name} into an environment: its value holds a NUL byte`);
}

function runProgram(
  [program = "", ...args]: readonly string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env });
    const pass = (signal: NodeJS.Signals) => {
      // What a terminal sends reaches the child by itself.
      const fromTerminal =
        (signal === "SIGINT" || signal === "SIGQUIT" || signal === "SIGWINCH") && process.stdin.isTTY;
      if (!fromTerminal) child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, pass);
    child.on("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? "there is no such program" : error.message;
      reject(new OperatorError(`Cannot run "${program}": ${why}`));
    });
    child.on("exit", (code, signal) => {
      for (const passed of passedOn) process.off(passed, pass);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
