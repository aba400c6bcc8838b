import { columns } from "./columns.ts";
import { mapElement, pathAt, quotedText } from "./path.ts";
import { type TimeBounds, timeBounds } from "./time-bounds.ts";
import { StatementError, type Token, tokensOf } from "./tokens.ts";

/** A query as SQLite is given it. */
export interface Prepared {
  readonly sql: string;
  /** Ids of event data stores, as they are named; the n-th is the table `store_n`. */
  readonly stores: readonly string[];
  /** The columns that it needs. */
  readonly columns: readonly string[];
  /** How many `?` stand in it. */
  readonly parameters: number;
  /** Records outside of these need not be read. */
  readonly times: TimeBounds;
}

/** What Lake's functions are called here; the others are called the same, or are not known. */
const renamed: ReadonlyMap<string, string> = new Map([
  ["cardinality", "json_array_length"],
  ["json_extract_scalar", "json_extract"],
  ["strpos", "instr"],
  ["arbitrary", "min"],
  ["any_value", "min"],
  ["if", "iif"],
]);

const refusedWords: ReadonlySet<string> = new Set([
  "recursive",
  "indexed",
  "materialized",
  "collate",
  "glob",
  "match",
  "regexp",
]);

const storesMost = 10;

/**
 * Reads one SELECT in Lake's SQL. What it does not know it leaves to SQLite, which knows nothing but the records and
 * may do nothing but read them (lake/sandbox-database.ts). `now`: `2026-01-31 10:00:00.000`. Throws StatementError.
 */
export function prepareStatement(statement: string, now: string): Prepared {
  const tokens = tokensOf(statement);
  if (tokens.at(-1)?.text === ";" && tokens.at(-1)?.kind === "sign") tokens.pop();
  const [first] = tokens;
  if (first?.kind !== "name" || !/^(select|with)$/i.test(first.text))
    throw new StatementError("a query is one SELECT statement");
  const writing: Writing = { tokens, now, sql: [], stores: [], columns: new Set(), parameters: 0 };
  for (let at = 0; at < tokens.length; ) at += write(at, writing);
  if (writing.stores.length === 0) throw new StatementError("a query names an event data store by its id after FROM");
  const { sql, stores, parameters } = writing;
  return {
    sql: sql.join(" "),
    stores,
    columns: [...writing.columns],
    parameters,
    times: timeBounds(tokens, asTimestamp),
  };
}

interface Writing {
  readonly tokens: readonly Token[];
  readonly now: string;
  readonly sql: string[];
  readonly stores: string[];
  readonly columns: Set<string>;
  parameters: number;
}

/** Writes what stands at the token; answers how many tokens that were. */
function write(at: number, writing: Writing): number {
  const { tokens, sql } = writing;
  const { kind, text } = tokens[at]!;
  if (kind === "text") return put(quotedText(asTimestamp(text)), 1, sql);
  if (kind === "number") return put(text, 1, sql);
  if (kind === "store") return put(tableOf(text.toLowerCase(), writing), 1, sql);
  if (kind === "sign") return put(signAt(at, writing), 1, sql);
  return kind === "name" ? writeName(at, writing) : writePath(at, writing);
}

function put(text: string, length: number, sql: string[]): number {
  sql.push(text);
  return length;
}

function tableOf(id: string, { stores }: Writing): string {
  if (!stores.includes(id)) stores.push(id);
  if (stores.length > storesMost) throw new StatementError(`a query names at most ${storesMost} event data stores`);
  return `store_${stores.indexOf(id)}`;
}

function signAt(at: number, writing: Writing): string {
  const { text } = writing.tokens[at]!;
  if (text === ";") throw new StatementError("a query is one statement");
  if (text === "[" || text === "]") throw new StatementError("a subscript follows a column");
  if (text === "?") writing.parameters += 1;
  // `SELECT *`, `, *`, `t.*`: every column.
  if (text === "*" && /^(select|distinct|all|,|\.)$/i.test(writing.tokens[at - 1]?.text ?? ""))
    for (const name of Object.keys(columns)) writing.columns.add(name);
  return text;
}

function writeName(at: number, writing: Writing): number {
  const { tokens, sql, now } = writing;
  const word = tokens[at]!.text.toLowerCase();
  const next = tokens[at + 1];
  const opens = next?.kind === "sign" && next.text === "(";
  if (refusedWords.has(word) || /^(sqlite|pragma)_/.test(word)) throw new StatementError(`"${word}" is not supported`);
  if ((word === "timestamp" || word === "date") && next?.kind === "text")
    return put(quotedText(asTimestamp(next.text)), 2, sql);
  if (word === "current_timestamp" || word === "localtimestamp") return put(quotedText(now), 1, sql);
  if (word === "now" && opens && tokens[at + 2]?.text === ")") return put(quotedText(now), 3, sql);
  if (word === "element_at" && opens) return writeElement(at, writing);
  if (opens) return put(renamed.get(word) ?? tokens[at]!.text, 1, sql);
  return writePath(at, writing);
}

function writePath(at: number, { tokens, sql, columns: used }: Writing): number {
  const path = pathAt(tokens, at);
  if (path.column !== undefined) used.add(path.column);
  return put(path.sql, path.length, sql);
}

/** `element_at(requestParameters, 'keyId')`, the way most are written, needs no function. */
function writeElement(at: number, { tokens, sql, columns: used }: Writing): number {
  const map = tokens[at + 2];
  if (map?.kind !== "name") return put("element_at", 1, sql);
  const path = pathAt(tokens, at + 2);
  const [comma, key, end] = tokens.slice(at + 2 + path.length);
  const plain = path.column !== undefined && columns[path.column]?.kind === "map" && comma?.text === ",";
  if (!plain || key?.kind !== "text" || end?.kind !== "sign" || end.text !== ")") return put("element_at", 1, sql);
  used.add(path.column);
  return put(mapElement(path.sql, key.text), path.length + 5, sql);
}

/** Times are compared as texts: all of them are written to the millisecond. Anything else stays as it is. */
function asTimestamp(text: string): string {
  const [, moment = "", fraction = ""] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,3}))?$/.exec(text) ?? [];
  return moment === "" ? text : `${moment}.${fraction.padEnd(3, "0")}`;
}
