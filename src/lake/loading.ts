import type { Segment } from "../audit/segment.ts";
import type { TrailReader } from "../store/trail/reader.ts";
import { columnValue } from "./columns.ts";
import { type Scope, ScopeFilter, type StoredRecord } from "./scope.ts";

export interface Loaded {
  readonly records: number;
  readonly bytes: number;
}

/** Hands the needed columns of every record in the scope to `take`, oldest first. */
export function loadRecords(
  reader: TrailReader,
  scope: Scope,
  columns: readonly string[],
  take: (values: (string | number | null)[]) => void,
): Loaded {
  const filter = new ScopeFilter(scope);
  const named = columns.length === 0 ? ["eventID"] : columns;
  let [records, bytes] = [0, 0];
  for (const { line } of reader.linesAfter(firstAfter(reader, filter.earliest))) {
    if (!filter.mayHold(line)) continue;
    const record = JSON.parse(line) as StoredRecord & Record<string, unknown>;
    if (!filter.holds(record)) continue;
    records += 1;
    bytes += line.length;
    take(named.map((name) => columnValue(name, record, line)));
  }
  return { records, bytes };
}

/** Closed parts of the trail that end before then are not read. */
function firstAfter(reader: TrailReader, earliest: number): number {
  if (!Number.isFinite(earliest)) return Number.MAX_SAFE_INTEGER;
  const time = new Date(Math.max(0, earliest)).toISOString().slice(0, 19);
  let last = 0;
  for (const { first, records, until } of reader.rows<Segment>("segments")) {
    if (until.slice(0, 19) >= time) break;
    last = first + records - 1;
  }
  return last;
}
