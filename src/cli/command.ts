import { parseArgs } from "node:util";
import { OperatorError } from "../errors.ts";

/** The command line itself was wrong: exit code 2, where anything else that fails is 1. */
export class UsageError extends OperatorError {}

export type FlagKind = "text" | "texts" | "switch";

export type FlagKinds = Readonly<Record<string, FlagKind>>;

/** What a command was given: strings for text flags, lists for repeatable ones, true for switches. */
export type Flags<K extends FlagKinds> = {
  readonly [name in keyof K]?: K[name] extends "text" ? string : K[name] extends "texts" ? readonly string[] : true;
};

export interface Given<K extends FlagKinds> {
  readonly flags: Flags<K>;
  readonly positionals: readonly string[];
  /** What stands after `--`. */
  readonly rest: readonly string[];
}

/** Where a command reads and writes; a test gives its own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How wide it is; undefined where nobody looks, as in a pipe. */
  readonly columns?: number | undefined;
  print(line: string): void;
  warn(line: string): void;
}

export interface Command {
  /** Prose, with examples, as `claviger help NAME` prints it. */
  readonly help: string;
  /** Resolves to the exit code: 0 ok, 1 failed. Throws OperatorError (1) and UsageError (2). */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** A command with its flags declared once; unknown flags and missing values are refused. */
export function command<const K extends FlagKinds>(
  help: string,
  kinds: K,
  run: (given: Given<K>, terminal: Terminal) => Promise<number>,
): Command {
  return { help, run: (args, terminal) => run(parse(args, kinds), terminal) };
}

function parse<K extends FlagKinds>(args: readonly string[], kinds: K): Given<K> {
  const end = args.indexOf("--");
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      { type: kind === "switch" ? ("boolean" as const) : ("string" as const), multiple: kind === "texts" },
    ]),
  );
  try {
    const own = [...(end < 0 ? args : args.slice(0, end))];
    const { values, positionals } = parseArgs({ args: own, options, strict: true, allowPositionals: true });
    return { flags: values as Flags<K>, positionals, rest: end < 0 ? [] : args.slice(end + 1) };
  } catch (error) {
    throw new UsageError(sentence(error, Object.keys(kinds)));
  }
}

/** parseArgs knows what is wrong; its advice about quoting does not fit ours. */
function sentence(error: unknown, names: readonly string[]): string {
  const text = error instanceof Error ? error.message : String(error);
  const flag = /'(-[^' ]*)/.exec(text)?.[1] ?? "";
  if (text.startsWith("Unknown option")) {
    const known = names.length > 0 ? `it takes ${names.map((name) => `--${name}`).join(", ")}` : "it takes no flags";
    return `Cannot understand "${flag}": this command does not have it; ${known}`;
  }
  if (/argument missing|ambiguous/.test(text)) return `Cannot understand "${flag}": it needs a value after it`;
  if (text.includes("does not take an argument")) return `Cannot understand "${flag}": it takes no value`;
  return `Cannot understand the command line: ${text.split("\n", 1)[0]}`;
}

/** Refuses words that a command has no use for. */
export function noMore(positionals: readonly string[], from = 0): void {
  const extra = positionals[from];
  if (extra !== undefined) throw new UsageError(`Cannot understand "${extra}": nothing is expected there`);
}
