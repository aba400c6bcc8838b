import { OperatorError } from "../errors.ts";
import { readEvery, type ReadTrail, readerOf, type TrailFlags } from "./audit-tail.ts";
import type { Terminal } from "./command.ts";
import { isDenied, keyMatcher } from "./record-filter.ts";
import { printable, type TrailRecord, whoOf } from "./record-line.ts";

interface Use {
  calls: number;
  denied: number;
  failed: number;
  first: string;
  last: string;
  readonly addresses: Map<string, number>;
  readonly events: Map<string, number>;
}

/** Addresses remembered of one principal; a flood of them must not fill memory. */
const addressesMost = 1000;
const addressesShown = 5;

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
      addresses: [...addresses.keys()],
      events: Object.fromEntries(events),
    }));
    terminal.print(JSON.stringify({ key, uses: content }));
  } else for (const line of reportLines(key, rows)) terminal.print(printable(line));
  return 0;
}

function* reportLines(key: string, rows: readonly (readonly [string, Use])[]): Generator<string> {
  const sum = (of: (use: Use) => number) => rows.reduce((total, [, use]) => total + of(use), 0);
  const used = rows.filter(([, { calls, denied, failed }]) => calls > denied + failed);
  const last = used.reduce((latest, [, use]) => (use.last > latest ? use.last : latest), "");
  yield `${key}: ${sum(({ calls }) => calls)} calls by ${rows.length}, ${sum(({ denied }) => denied)} denied, last used ${last === "" ? "never" : last}`;
  for (const [who, { calls, denied, failed, first, last: latest, addresses, events }] of rows) {
    yield "";
    yield who;
    const errors = failed > 0 ? `, ${failed} failed otherwise` : "";
    yield `  ${calls} calls, ${denied} denied${errors}`;
    yield `  from ${first} to ${latest}`;
    const places = [...addresses].toSorted(([, a], [, b]) => b - a);
    const more = places.length > addressesShown ? `, and ${places.length - addressesShown} more addresses` : "";
    yield `  at ${places
      .slice(0, addressesShown)
      .map(([address, count]) => `${address} (${count})`)
      .join(", ")}${more}`;
    const sorted = [...events].toSorted(([, a], [, b]) => b - a);
    yield `  ${sorted.map(([event, count]) => `${event} ${count}`).join(", ")}`;
  }
}

async function usesOf(key: string, read: ReadTrail): Promise<Map<string, Use>> {
  const matches = keyMatcher(key);
  const uses = new Map<string, Use>();
  await readEvery(read, (line) => {
    const record = JSON.parse(line) as TrailRecord;
    if (!matches(record, line)) return;
    const who = whoOf(record);
    const time = record.eventTime ?? "";
    const use: Use = uses.get(who) ?? {
      calls: 0,
      denied: 0,
      failed: 0,
      first: time,
      last: time,
      addresses: new Map(),
      events: new Map(),
    };
    uses.set(who, use);
    use.calls += 1;
    if (isDenied(record)) use.denied += 1;
    else if (record.errorCode !== undefined) use.failed += 1;
    if (time > use.last) use.last = time;
    const address = record.sourceIPAddress ?? "";
    if (use.addresses.has(address) || use.addresses.size < addressesMost)
      use.addresses.set(address, (use.addresses.get(address) ?? 0) + 1);
    const event = record.eventName ?? "";
    use.events.set(event, (use.events.get(event) ?? 0) + 1);
  });
  return uses;
}
