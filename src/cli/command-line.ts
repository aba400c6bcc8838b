import { OperatorError } from "../errors.ts";
import { type Terminal, UsageError } from "./command.ts";
import { commands } from "./commands.ts";
import { commandHelp, overview } from "./help.ts";

const process_: Terminal = {
  env: process.env,
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  print: (line) => void process.stdout.write(`${line}\n`),
  warn: (line) => void process.stderr.write(`${line}\n`),
};

/** Finds the command, runs it, and turns what it throws into a sentence and an exit code: 0 ok, 1 failed, 2 usage. */
export async function runCommandLine(args: readonly string[], terminal: Terminal = process_): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === "--help" || name === "-h") {
      terminal.print(overview());
      return name === undefined ? 2 : 0;
    }
    if (asksForHelp(rest)) {
      terminal.print(await commandHelp(name));
      return 0;
    }
    return await (await commandNamed(name === "--version" ? "version" : name)).run(rest, terminal);
  } catch (error) {
    return explained(error, name, terminal);
  }
}

/** `--help` belongs to us unless it stands in the command that `env run` starts. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
}

async function commandNamed(name: string) {
  const listed = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (listed) return await listed.load();
  throw new UsageError(`Cannot run "${name}": there is no such command`, "claviger help lists them");
}

function explained(error: unknown, name: string | undefined, terminal: Terminal): number {
  if (!(error instanceof OperatorError)) {
    terminal.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
  terminal.warn(error.message);
  const usage = error instanceof UsageError;
  const hint = error.hint ?? (usage && name ? `claviger help ${name} explains it` : undefined);
  if (hint !== undefined) terminal.warn(`Hint: ${hint}.`);
  return usage ? 2 : 1;
}
