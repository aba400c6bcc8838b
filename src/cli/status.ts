import { type Command, command, noMore } from "./command.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";

const help = `claviger status [--endpoint URL] [--profile NAME] [--json]

Asks a running service how it is. Only the account that operates the installation may ask.

${installationHelp}
  --json            for programs

  claviger status
  claviger status --endpoint http://127.0.0.1:8080 --json`;

export const status: Command = command(
  help,
  { ...installationFlags, json: "switch" },
  async ({ flags, positionals }, terminal) => {
    noMore(positionals);
    const answer = await askInstallation<Record<string, unknown>>(installation(flags, terminal), "GET", "status");
    if (flags.json) terminal.print(JSON.stringify(answer));
    else
      for (const [name, value] of Object.entries(answer)) terminal.print(`${spelled(name).padEnd(32)}${String(value)}`);
    return 0;
  },
);

/** refusedBeforeAuthentication → refused before authentication */
const spelled = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
