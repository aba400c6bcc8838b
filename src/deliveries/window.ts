import type { Trail } from "../audit/trail.ts";
import type { DeliveredRecord, Line } from "./selection.ts";

/** A part of the audit trail, read once for everybody who wants something of it. */
export interface Window {
  /** Number of its last record. */
  readonly until: number;
  /** By account, in order. */
  readonly lines: ReadonlyMap<string, readonly Line[]>;
}

/** Records read at once, so that nobody waits while they are parsed; and all of a window, by count and by size. */
const [atOnce, recordsMost, charactersMost] = [250, 4000, 16 * 1024 * 1024];

/** Records after number `after` and up to `until`, as many as a window holds; those of other accounts are left out. */
export async function readWindow(
  trail: Trail,
  after: number,
  until: number,
  wanted: (account: string) => boolean,
): Promise<Window> {
  const lines = new Map<string, Line[]>();
  const known = new Map<string, boolean>();
  let [number, size] = [after, 0];
  const end = Math.min(until, after + recordsMost);
  while (number < end && size < charactersMost) {
    const read = await trail.after(number, Math.min(atOnce, end - number));
    if (read.lines.length === 0) break;
    // Numbers go on behind what was pruned.
    number = read.next - read.lines.length;
    for (const text of read.lines) {
      number += 1;
      const account = accountOf(text);
      const kept = known.get(account) ?? wanted(account);
      known.set(account, kept);
      if (!kept) continue;
      size += text.length;
      const line = { number, text, record: JSON.parse(text) as DeliveredRecord };
      const group = lines.get(account);
      if (group) group.push(line);
      else lines.set(account, [line]);
    }
  }
  return { until: number, lines };
}

const member = ',"recipientAccountId":"';

/** What follows the member in a record's line holds no object of the caller's (audit/event.ts). */
function accountOf(text: string): string {
  const at = text.lastIndexOf(member);
  return at < 0 ? "" : text.slice(at + member.length, at + member.length + 12);
}
