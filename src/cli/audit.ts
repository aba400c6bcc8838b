import { type Command, command, noMore, UsageError } from "./command.ts";
import { verifyTrailIn } from "./audit-verify.ts";
import { showTail } from "./audit-tail.ts";
import { installationFlags, installationHelp } from "./installation.ts";

const help = `claviger audit tail [--lines N] [--follow] [--json]    (--data DIR | [--endpoint URL] [--profile NAME])
claviger audit verify [--json]                          (--data DIR | [--endpoint URL] [--profile NAME])

"tail" shows the last records of the audit trail, newest last. "verify" reads all of it and checks the chain of hashes
and every signed checkpoint: it ends with 1 and names the place when a record was changed, taken out or put in.

  --data DIR        read the data folder itself; the service may be running or not
${installationHelp}
  --lines N         how many records; default 20
  --follow          stay, and show what comes
  --json            the records as they are, one a line, in CloudTrail's shape

  claviger audit tail --follow
  claviger audit tail --json --lines 1000 | jq 'select(.errorCode)'
  claviger audit verify --data .claviger`;

export const audit: Command = command(
  help,
  { ...installationFlags, data: "text", lines: "text", follow: "switch", json: "switch" },
  async ({ flags, positionals: [action, ...more] }, terminal) => {
    noMore(more);
    if (flags.data !== undefined && (flags.endpoint !== undefined || flags.profile !== undefined))
      throw new UsageError("Cannot read --data and --endpoint at once");
    if (action === "tail") return await showTail({ ...flags, lines: readLines(flags.lines ?? "20") }, terminal);
    if (action !== "verify") throw new UsageError("Cannot tell what to do with the trail: say tail or verify");
    if (flags.lines !== undefined || flags.follow) throw new UsageError("Cannot verify a part: all of it is read");
    return await verifyTrailIn(flags, terminal);
  },
);

function readLines(text: string): number {
  const lines = Number(text);
  if (Number.isInteger(lines) && lines > 0 && lines <= 1_000_000) return lines;
  throw new UsageError(`Cannot show "${text}" lines: it is not a number from 1 to 1000000`);
}
