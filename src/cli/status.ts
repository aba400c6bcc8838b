import type { AnchorStatus } from "../sinks/anchor.ts";
import type { FollowerStatus } from "../sinks/follower.ts";
import { OperatorError } from "../errors.ts";
import { type Command, command, noMore, type Terminal } from "./command.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";
import { printable } from "./record-line.ts";
import { printSinks } from "./sinks.ts";

const help = `claviger status [--endpoint URL] [--profile NAME] [--json]

Asks a running service how it is. Only the account that operates the installation may ask. A service that cannot write
its audit trail answers no call: then this says what is wrong, and ends with 1.

${installationHelp}
  --json            for programs

  claviger status
  claviger status --endpoint http://127.0.0.1:8080 --json`;

type Answer = Readonly<Record<string, unknown>> & { readonly sinks?: readonly FollowerStatus[] } & {
  readonly anchor?: AnchorStatus;
};

export const status: Command = command(
  help,
  { ...installationFlags, json: "switch" },
  async ({ flags, positionals }, terminal) => {
    noMore(positionals);
    const endpoint = installation(flags, terminal);
    const problems = await readiness(endpoint.url);
    const asked = askInstallation<Answer>(endpoint, "GET", "status");
    const answer = await asked.catch((error: unknown) => {
      if (problems.length === 0) throw error;
      return undefined;
    });
    const { sinks = [], anchor, ...rest } = answer ?? {};
    if (flags.json) terminal.print(JSON.stringify({ ready: problems.length === 0, problems, ...rest, sinks, anchor }));
    else {
      if (answer) terminal.print(`${"ready".padEnd(width)}${problems.length === 0 ? "yes" : "no"}`);
      for (const [name, value] of Object.entries(rest))
        terminal.print(`${spelled(name).padEnd(width)}${String(value)}`);
      if (anchor) printAnchor(anchor, terminal);
      printSinks(sinks, terminal);
    }
    if (problems.length === 0) return 0;
    if (flags.json) return 1;
    throw new OperatorError(`The service at ${endpoint.url} is not ready:\n  ${problems.map(printable).join("\n  ")}`);
  },
);

const width = 32;

function printAnchor({ name, records, lastSuccess, lastError }: AnchorStatus, terminal: Terminal): void {
  terminal.print(printable(`anchor ${name}  keeps the checkpoint of ${records} records, ${lastSuccess ?? "never"}`));
  if (lastError !== null) terminal.print(printable(`  fails: ${lastError}`));
}

/** What keeps the service from answering, in its own words; nothing when it cannot be asked. */
async function readiness(url: string): Promise<string[]> {
  try {
    const answer = await fetch(new URL("/readyz", url), { redirect: "error", signal: AbortSignal.timeout(5000) });
    return answer.status === 503 ? (await answer.text()).trim().slice(0, 2000).split("\n") : [];
  } catch {
    return [];
  }
}

/** refusedBeforeAuthentication → refused before authentication */
const spelled = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
