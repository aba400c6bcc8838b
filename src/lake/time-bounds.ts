import { columnNamed } from "./columns.ts";
import type { Token } from "./tokens.ts";

/** Event times, inclusive, as columns hold them: `2026-01-31 10:00:00.000`. */
export interface TimeBounds {
  readonly from?: string;
  readonly until?: string;
}

/** Where another clause begins. */
const clauses: ReadonlySet<string> = new Set(["group", "having", "order", "limit", "offset", "window"]);

/** Words after which a condition may decide otherwise than alone. */
const undecided: ReadonlySet<string> = new Set(["or", "not", "case", "between", "is", "in", "exists"]);

/**
 * Which times a statement asks for at most, where that is plain to see: one SELECT of one store, whose WHERE is
 * conditions joined by AND. Records outside need not be read; what is within is still decided by the statement.
 */
export function timeBounds(tokens: readonly Token[], asTimestamp: (text: string) => string): TimeBounds {
  const words = tokens.map(({ kind, text }) => (kind === "name" ? text.toLowerCase() : ""));
  const single = (word: string) => words.filter((one) => one === word).length === 1;
  const stores = tokens.filter(({ kind }) => kind === "store").length;
  if (stores !== 1 || !single("select") || !single("where") || words.includes("with") || words.includes("join"))
    return {};
  const start = words.indexOf("where") + 1;
  const end = words.findIndex((word, at) => at > start && clauses.has(word));
  const condition = tokens.slice(start, end < 0 ? undefined : end);
  if (words.slice(start, end < 0 ? undefined : end).some((word) => undecided.has(word))) return {};
  return bounded(terms(condition), asTimestamp);
}

/** What stands between the ANDs that are in no parentheses. */
function terms(condition: readonly Token[]): Token[][] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of condition) {
    if (token.kind === "sign") depth += token.text === "(" ? 1 : token.text === ")" ? -1 : 0;
    if (depth === 0 && token.kind === "name" && token.text.toLowerCase() === "and") found.push([]);
    else found.at(-1)?.push(token);
  }
  return found;
}

function bounded(conditions: readonly Token[][], asTimestamp: (text: string) => string): TimeBounds {
  const bounds: { from?: string; until?: string } = {};
  for (const condition of conditions) {
    const plain = condition.filter(({ kind, text }) => kind !== "name" || text.toLowerCase() !== "timestamp");
    const [column, sign, value, more] = plain;
    const isTime = column?.kind === "name" && columnNamed(column.text) === "eventTime";
    if (!isTime || sign?.kind !== "sign" || value?.kind !== "text" || more) continue;
    const time = asTimestamp(value.text);
    if (sign.text.startsWith(">") && time > (bounds.from ?? "")) bounds.from = time;
    if (/^<=?$/.test(sign.text) && time < (bounds.until ?? "~")) bounds.until = time;
  }
  return bounds;
}
