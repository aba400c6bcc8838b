import { type Command, command, noMore, UsageError } from "./command.ts";
import { commands } from "./commands.ts";

export const help: Command = command(
  `claviger help [COMMAND]

Says what a command does, which flags it takes, and shows it at work.

  claviger help
  claviger help env`,
  {},
  async ({ positionals }, terminal) => {
    noMore(positionals, 1);
    terminal.print(positionals[0] === undefined ? overview() : await commandHelp(positionals[0]));
    return 0;
  },
);

export function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 3;
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`);
  return `claviger is AWS KMS that you run yourself.

Usage: claviger COMMAND [flags]

${lines.join("\n")}

claviger help COMMAND explains one of them. Exit codes: 0 done, 1 failed, 2 the command line was wrong.`;
}

export async function commandHelp(name: string): Promise<string> {
  const listed = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!listed) throw new UsageError(`Cannot explain "${name}": there is no such command`, "claviger help lists them");
  return (await listed.load()).help;
}
