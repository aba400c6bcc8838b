import type { Segment } from "../audit/segment.ts";
import type { TrailReader } from "../store/trail/reader.ts";
import { lineKeys } from "../audit/line-keys.ts";
import { columnValue, timeText } from "./columns.ts";
import type { Prepared } from "./statement.ts";
import type { TimeBounds } from "./time-bounds.ts";
import { type Scope, ScopeFilter, type StoredRecord } from "./scope.ts";

export interface Loaded {
  readonly records: number;
  readonly bytes: number;
}

/** Hands the needed columns of every record in the scope and within the times to `take`, oldest first. */
export function loadRecords(
  reader: TrailReader,
  scope: Scope,
  { columns, times }: Pick<Prepared, "columns" | "times">,
  take: (values: (string | number | null)[]) => void,
): Loaded {
  const filter = new ScopeFilter(scope);
  const named = columns.length === 0 ? ["eventID"] : columns;
  const within = withinTimes(times);
  let [records, bytes] = [0, 0];
  for (const { line } of reader.linesAfter(firstAfter(reader, filter.earliest, times))) {
    if (!filter.mayHold(line) || !within(line)) continue;
    const record = JSON.parse(line) as StoredRecord & Record<string, unknown>;
    if (!filter.holds(record)) continue;
    records += 1;
    bytes += line.length;
    take(named.map((name) => columnValue(name, record, line)));
  }
  return { records, bytes };
}

/** Is the record's time one that is asked for? Told from the line, without reading all of it. */
function withinTimes({ from = "", until = "~" }: TimeBounds): (line: string) => boolean {
  if (from === "" && until === "~") return () => true;
  return (line) => {
    const time = timeText(lineKeys(line).time);
    return time >= from && time <= until;
  };
}

/** Closed parts of the trail that end before then are not read. */
function firstAfter(reader: TrailReader, earliest: number, { from = "" }: TimeBounds): number {
  if (!Number.isFinite(earliest)) return Number.MAX_SAFE_INTEGER;
  const start = timeText(new Date(Math.max(0, earliest)).toISOString()).slice(0, 19);
  const time = start > from.slice(0, 19) ? start : from.slice(0, 19);
  let last = 0;
  for (const { first, records, until } of reader.rows<Segment>("segments")) {
    if (until.replace("T", " ").slice(0, 19) >= time) break;
    last = first + records - 1;
  }
  return last;
}
