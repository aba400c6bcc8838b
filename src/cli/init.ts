import { readConfig } from "../config.ts";
import { type Command, command, noMore, UsageError } from "./command.ts";
import { readConfigFile } from "./config-file.ts";

const help = `claviger init --config FILE [--account NUMBER] [--name NAME] [--json]

Makes the first account of an installation and prints its root credentials, once: they are stored wrapped, and nothing
prints them again. That account operates the installation: its principals, and no others, may read its status and trail.
Where there is no root key yet, one is made and wrapped by every seal that the configuration names.

  --config FILE     the configuration of claviger serve, which must not be running on it
  --account NUMBER  twelve digits; default a random number
  --name NAME       what people call the account; default "operator"
  --json            for programs

  claviger init --config claviger.json
  claviger serve --config claviger.json`;

export const init: Command = command(
  help,
  { config: "text", account: "text", name: "text", json: "switch" },
  async ({ flags, positionals }, terminal) => {
    noMore(positionals);
    if (flags.config === undefined) throw new UsageError("Cannot begin without --config FILE");
    if (flags.account !== undefined && !/^(?!0{12})\d{12}$/.test(flags.account))
      throw new UsageError(`Cannot make the account "${flags.account}": its number has twelve digits, not all zero`);
    const config = readConfig("production", readConfigFile(flags.config));
    const { makeFirstAccount } = await import("./first-account.ts");
    const made = await makeFirstAccount(config, { id: flags.account, name: flags.name ?? "operator" });
    if (flags.json) terminal.print(JSON.stringify(made));
    else {
      terminal.print(`Account ${made.account}, "${made.name}". Its root credentials, which are not shown again:\n`);
      terminal.print(`  AWS_ACCESS_KEY_ID=${made.accessKeyId}`);
      terminal.print(`  AWS_SECRET_ACCESS_KEY=${made.secretAccessKey}\n`);
      terminal.print("Make users and roles with them, then lock them away.");
    }
    return 0;
  },
);
