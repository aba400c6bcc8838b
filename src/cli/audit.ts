import { type Command, command, noMore, type Terminal, UsageError } from "./command.ts";
import { reportKey } from "./audit-report.ts";
import { searchAudit, type SearchFlags } from "./audit-search.ts";
import { exportAudit, showAuditKey, type VerifyFlags, verifyAudit } from "./audit-verify.ts";
import { pruneAudit, type PruneFlags } from "./audit-prune.ts";
import { showTail } from "./audit-tail.ts";
import { installationFlags, installationHelp } from "./installation.ts";

const help = `claviger audit tail [--lines N] [--follow]
claviger audit search [--user WHO] [--key KEY] [--event NAME] [--source kms] [--account N] [--region NAME] [--ip ADDRESS]
                      [--denied | --errors | --error CODE] [--text WORDS] [--since WHEN] [--until WHEN]
claviger audit report KEY
claviger audit verify --data DIR [--anchor FILE|URL]
claviger audit verify --file COPY --public-key FILE [--anchor FILE|URL]
claviger audit prune --before DATE | --keep 400d [--dry-run] [--force]
claviger audit export --data DIR --out FILE
claviger audit public-key --data DIR

"tail" shows the last records of the audit trail, newest last; "search" those that are like that; "report" who used a
key, how often, from where, and who was denied. "verify" reads all of it and checks the chain of hashes, every signed
checkpoint, the index and the rows: it ends with 1 and names the place when something was changed, taken out or put in.
With an anchor, which the service keeps elsewhere (claviger dev --anchor FILE|URL), it finds a trail that was cut or put
back, too. "prune" lets the oldest records go, leaves a signed statement of it, and waits for what sinks, deliveries and
the meter do not have yet. "export" writes a copy that can be verified anywhere with the public key.

  --data DIR        read the data folder itself; the service may be running or not
${installationHelp}
  --config FILE     the configuration of claviger serve: its data folder, and the seals that open its root key
  --public-key FILE with --data or --file: the key that signs checkpoints, instead of the root key
  --lines N         how many records; default 20
  --follow          stay, and show what comes
  --before DATE     prune what is older than 2026-01-31; --keep 400d: what is older than that
  --dry-run         say what would be pruned; --force: wait for nobody, and take what LookupEvents still answers, too
  --user WHO        a user's, role's or session's name, an ARN, an access key id, an account, "root"
  --key KEY         a key's id or ARN, or alias/NAME: the key that it named at the time
  --event NAME      such as Decrypt, in any case; GenerateDataKey* for all that begin so
  --denied          what was not allowed; --errors: everything that failed; --error CODE: with that code
  --text WORDS      anywhere in the record, in any case
  --since, --until  2026-01-31, 2026-01-31T10:00:00Z, today, yesterday, or how long ago: 2h, "30d ago"
  --json            for programs: records as they are, one a line, in CloudTrail's shape

  claviger audit tail --follow
  claviger audit search --denied --since 1d
  claviger audit tail --json --lines 1000 | jq 'select(.errorCode)'
  claviger audit verify --data .claviger --anchor /mnt/elsewhere/anchor.json`;

type Flags = SearchFlags &
  VerifyFlags &
  PruneFlags & { readonly lines?: string; readonly follow?: true; readonly out?: string };

const actions: Readonly<Record<string, (flags: Flags, terminal: Terminal, rest: string[]) => Promise<number>>> = {
  tail: (flags, terminal) => showTail({ ...flags, lines: readLines(flags.lines ?? "20") }, terminal),
  search: (flags, terminal) => searchAudit({ ...flags, lines: readLines(flags.lines ?? "1000") }, terminal),
  report: (flags, terminal, [key]) => {
    if (key === undefined) throw new UsageError("Cannot report on nothing: name a key");
    return reportKey(key, flags, terminal);
  },
  verify: (flags, terminal) => {
    if (flags.lines !== undefined || flags.follow) throw new UsageError("Cannot verify a part: all of it is read");
    return verifyAudit(flags, terminal);
  },
  prune: pruneAudit,
  export: exportAudit,
  "public-key": showAuditKey,
};

const text = "text" as const;

export const audit: Command = command(
  help,
  {
    ...installationFlags,
    data: text,
    lines: text,
    follow: "switch",
    json: "switch",
    user: text,
    key: text,
    event: text,
    source: text,
    account: text,
    region: text,
    ip: text,
    error: text,
    errors: "switch",
    text,
    since: text,
    until: text,
    denied: "switch",
    anchor: text,
    before: text,
    keep: text,
    "dry-run": "switch",
    force: "switch",
    file: text,
    out: text,
    config: text,
    "public-key": text,
  },
  async ({ flags, positionals: [action = "", ...rest] }, terminal) => {
    if (flags.data !== undefined && (flags.endpoint !== undefined || flags.profile !== undefined))
      throw new UsageError("Cannot read --data and --endpoint at once");
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!act)
      throw new UsageError(
        "Cannot tell what to do with the trail: say tail or verify, search, report, prune, export or public-key",
      );
    noMore(action === "report" ? rest.slice(1) : rest);
    return await act(flags, terminal, rest);
  },
);

function readLines(given: string): number {
  const lines = Number(given);
  if (Number.isInteger(lines) && lines > 0 && lines <= 1_000_000) return lines;
  throw new UsageError(`Cannot show "${given}" lines: it is not a number from 1 to 1000000`);
}
