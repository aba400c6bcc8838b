import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Records after number `after` (counted from 1), oldest first, as lines of JSON; `next` is the last one's number. */
export function readTrailAfter(folder: string, after: number, limit: number): { lines: string[]; next: number } {
  using database = new DatabaseSync(join(folder, "claviger.db"), { readOnly: true });
  const from = database.prepare("SELECT max(batch) AS batch FROM trail WHERE first <= ?").get(after + 1)?.batch ?? 0;
  const lines: string[] = [];
  let next = after;
  for (const row of database.prepare("SELECT first, records FROM trail WHERE batch >= ? ORDER BY batch").iterate(Number(from))) {
    const first = Number(row.first);
    for (const [index, line] of String(row.records).split("\n").entries()) {
      if (first + index <= after) continue;
      if (lines.length >= limit) return { lines, next };
      lines.push(line);
      next = first + index;
    }
  }
  return { lines, next };
}
