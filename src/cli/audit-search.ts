import { OperatorError } from "../errors.ts";
import { type ReadTrail, readEvery, readerOf, type TrailFlags } from "./audit-tail.ts";
import { readDuration } from "./clock.ts";
import { type Terminal, UsageError } from "./command.ts";
import { recordLine, type TrailRecord } from "./record-line.ts";

export interface SearchFlags extends TrailFlags {
  readonly user?: string;
  readonly key?: string;
  readonly event?: string;
  readonly source?: string;
  readonly since?: string;
  readonly until?: string;
  readonly denied?: true;
}

type Matches = (record: TrailRecord) => boolean;

/** Records that a person would ask for, oldest first. Every flag narrows; without any, all of them. */
export async function searchAudit(flags: SearchFlags & { lines: number }, terminal: Terminal): Promise<number> {
  const matches = matcherOf(flags);
  const found: string[] = [];
  await readEvery(await readerOf(flags, terminal), (line) => {
    if (matches(JSON.parse(line) as TrailRecord)) found.push(line);
    if (found.length > flags.lines) found.shift();
  });
  for (const line of found) terminal.print(flags.json ? line : recordLine(JSON.parse(line) as TrailRecord));
  if (found.length === 0 && !flags.json) terminal.print("No record is like that.");
  return 0;
}

export function matcherOf(flags: SearchFlags): Matches {
  const { user, key, event, source } = flags;
  const [since, until] = [flags.since, flags.until].map((text) => (text === undefined ? undefined : readMoment(text)));
  const tests: Matches[] = [];
  if (user !== undefined) tests.push((record) => names(record.userIdentity, user));
  if (key !== undefined)
    tests.push((record) =>
      (record.resources ?? []).some(
        ({ ARN = "" }) => ARN === key || ARN.endsWith(`/${key}`) || ARN.endsWith(`:${key}`),
      ),
    );
  if (event !== undefined) tests.push((record) => record.eventName?.toLowerCase() === event.toLowerCase());
  if (source !== undefined) tests.push((record) => record.eventSource?.split(".")[0] === source.split(".")[0]);
  if (flags.denied) tests.push((record) => /^AccessDenied|^UnauthorizedOperation/.test(record.errorCode ?? ""));
  if (since !== undefined) tests.push((record) => Date.parse(record.eventTime ?? "") >= since);
  if (until !== undefined) tests.push((record) => Date.parse(record.eventTime ?? "") <= until);
  return (record) => tests.every((test) => test(record));
}

/** A user's or a session's name, a whole ARN, an access key id, or an account. */
function names(identity: TrailRecord["userIdentity"], wanted: string): boolean {
  const { arn = "", userName, accountId, accessKeyId } = identity ?? {};
  return (
    [arn, userName, accountId, accessKeyId].includes(wanted) ||
    arn.endsWith(`/${wanted}`) ||
    (wanted === "root" && arn.endsWith(":root"))
  );
}

/** `2026-01-31`, `2026-01-31T10:00:00Z`, or how long ago: `2h`, `30d`. Milliseconds. */
function readMoment(text: string): number {
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Date.now() - readDuration(text) * 1000;
  if (Number.isNaN(at))
    throw new UsageError(
      `Cannot understand "${text}": write 2026-01-31, 2026-01-31T10:00:00Z, or 2h, 30d for how long ago`,
    );
  return at;
}

interface Use {
  calls: number;
  denied: number;
  last: string;
  readonly addresses: Set<string>;
  readonly events: Map<string, number>;
}

/** Who used a key, how often, from where, when last, and who tried in vain. */
export async function reportKey(key: string, flags: TrailFlags, terminal: Terminal): Promise<number> {
  const uses = await usesOf(key, await readerOf(flags, terminal));
  if (uses.size === 0)
    throw new OperatorError(`Cannot report on "${key}": no record names it`, "write a key id, a key ARN or alias/NAME");
  const rows = [...uses].toSorted(([, a], [, b]) => b.calls - a.calls);
  if (flags.json) {
    const content = rows.map(([who, { addresses, events, ...use }]) => ({
      who,
      ...use,
      addresses: [...addresses],
      events: Object.fromEntries(events),
    }));
    terminal.print(JSON.stringify({ key, uses: content }));
    return 0;
  }
  for (const [who, { calls, denied, last, addresses, events }] of rows) {
    terminal.print(who);
    terminal.print(`  ${calls} calls, ${denied} denied, last ${last}, from ${[...addresses].join(", ")}`);
    const sorted = [...events].toSorted(([, a], [, b]) => b - a);
    terminal.print(`  ${sorted.map(([event, count]) => `${event} ${count}`).join(", ")}`);
  }
  return 0;
}

async function usesOf(key: string, read: ReadTrail): Promise<Map<string, Use>> {
  const matches = matcherOf({ key });
  const uses = new Map<string, Use>();
  await readEvery(read, (line) => {
    const record = JSON.parse(line) as TrailRecord;
    // A denied call names the key in its text alone, where it names it at all.
    const asked =
      matches(record) ||
      (record.errorCode !== undefined && line.includes(`/${key}`)) ||
      (record.errorCode !== undefined && line.includes(`"${key}"`));
    if (!asked) return;
    const { arn, invokedBy, accountId } = record.userIdentity ?? {};
    const who = arn ?? invokedBy ?? accountId ?? "somebody";
    const use: Use = uses.get(who) ?? { calls: 0, denied: 0, last: "", addresses: new Set(), events: new Map() };
    uses.set(who, use);
    use.calls += 1;
    if (record.errorCode?.startsWith("AccessDenied")) use.denied += 1;
    use.last = record.eventTime ?? use.last;
    if (use.addresses.size < 100) use.addresses.add(record.sourceIPAddress ?? "");
    const event = record.eventName ?? "";
    use.events.set(event, (use.events.get(event) ?? 0) + 1);
  });
  return uses;
}
