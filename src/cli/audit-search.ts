import { readEvery, readerOf, type TrailFlags } from "./audit-tail.ts";
import type { Terminal } from "./command.ts";
import { type FilterFlags, matcherOf } from "./record-filter.ts";
import { recordLine, type TrailRecord } from "./record-line.ts";

export type SearchFlags = TrailFlags & FilterFlags;

/** Records that a person would ask for, oldest first. Every flag narrows; without any, all of them. */
export async function searchAudit(flags: SearchFlags & { lines: number }, terminal: Terminal): Promise<number> {
  const matches = matcherOf(flags);
  const found: string[] = [];
  let count = 0;
  await readEvery(await readerOf(flags, terminal), (line) => {
    if (!matches(JSON.parse(line) as TrailRecord, line)) return;
    count += 1;
    found.push(line);
    if (found.length > flags.lines) found.shift();
  });
  for (const line of found)
    terminal.print(flags.json ? line : recordLine(JSON.parse(line) as TrailRecord, terminal.columns));
  if (flags.json) return 0;
  if (count === 0) terminal.print("No record is like that.");
  else if (count > found.length) terminal.warn(`The last ${found.length} of ${count}; --lines ${count} shows all.`);
  return 0;
}
