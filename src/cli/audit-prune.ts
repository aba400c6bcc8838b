import { readDuration } from "./clock.ts";
import { type Terminal, UsageError } from "./command.ts";
import { askInstallation, installation, type InstallationFlags } from "./installation.ts";
import { printable } from "./record-line.ts";

export interface PruneFlags extends InstallationFlags {
  readonly before?: string;
  readonly keep?: string;
  readonly "dry-run"?: true;
  readonly force?: true;
  readonly json?: true;
}

interface Told {
  readonly cut: { first: number; last: number; from: string; until: string; hash: string } | null;
  readonly heldSince: string | null;
  readonly waitingFor: readonly { name: string; taken: number }[];
}

/** Lets the oldest records go. The service does it: it signs what went, and records it. */
export async function pruneAudit(flags: PruneFlags, terminal: Terminal): Promise<number> {
  const { before, keep } = flags;
  if ((before === undefined) === (keep === undefined))
    throw new UsageError("Cannot prune: say either --before DATE or --keep 400d");
  if (before !== undefined && !(/^\d{4}-\d\d-\d\d/.test(before) && Number.isFinite(Date.parse(before))))
    throw new UsageError(`Cannot prune before "${before}": write 2026-01-31 or 2026-01-31T10:00:00Z`);
  const dryRun = flags["dry-run"] ?? false;
  const asked = before === undefined ? { keepSeconds: readDuration(keep ?? "") } : { before };
  const input = { ...asked, dryRun, force: flags.force ?? false };
  const told = await askInstallation<Told>(installation(flags, terminal), "POST", "audit/prune", input);
  if (flags.json) terminal.print(JSON.stringify(told));
  else say(told, dryRun, terminal);
  return 0;
}

function say({ cut, heldSince, waitingFor }: Told, dryRun: boolean, terminal: Terminal): void {
  if (!cut) terminal.print("Nothing to prune: no whole batch of records is older.");
  else {
    const { first, last, from, until, hash } = cut;
    terminal.print(`Records ${first} to ${last} ${dryRun ? "would be" : "were"} pruned: ${from} to ${until}.`);
    terminal.print(`The chain goes on after ${hash}.`);
    if (dryRun) terminal.print("To have a copy first: claviger audit export --data DIR --out FILE");
  }
  if (heldSince !== null) terminal.print(`Event data stores hold the records since ${heldSince}: they stay.`);
  for (const { name, taken } of waitingFor)
    terminal.print(printable(`Waiting for ${name}: it has the records up to ${taken}.`));
}
