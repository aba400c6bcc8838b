import { constants, DatabaseSync, type StatementSync } from "node:sqlite";
import { columns } from "./columns.ts";

export interface SandboxLimits {
  /** Of the records that are read, and of everything that a query makes of them, bytes. */
  readonly memoryMost: number;
  /** Of one value, bytes. */
  readonly valueMost: number;
}

const pageSize = 4096;

/** Functions of SQLite, and the four below, that read nothing but their arguments. */
const functions: ReadonlySet<string> = new Set(
  (
    "abs avg ceil ceiling coalesce concat concat_ws count date datetime dense_rank element_at first_value floor " +
    "from_iso8601_timestamp date_add date_trunc group_concat ifnull iif if instr json_array_length json_extract " +
    "json_valid -> ->> lag last_value lead length like lower ltrim max min mod nth_value ntile nullif octet_length " +
    "percent_rank rank replace round row_number rtrim sign strftime string_agg substr substring sum time total trim " +
    "typeof unicode unixepoch upper"
  ).split(" "),
);

/** Tables `store_n` with the columns that a query needs, and what may be done with them: nothing but reading. */
export class SandboxDatabase implements Disposable {
  readonly #database: DatabaseSync;

  constructor(tables: number, used: readonly string[], { memoryMost, valueMost }: SandboxLimits) {
    this.#database = new DatabaseSync(":memory:", {
      allowExtension: false,
      enableDoubleQuotedStringLiterals: false,
      limits: {
        length: valueMost,
        column: 200,
        exprDepth: 200,
        compoundSelect: 50,
        vdbeOp: 100_000,
        functionArg: 100,
        attach: 0,
        likePatternLength: 1000,
        variableNumber: 100,
        triggerDepth: 1,
      },
    });
    this.#database.exec(
      `PRAGMA page_size = ${pageSize}; PRAGMA max_page_count = ${Math.ceil(memoryMost / pageSize)}; PRAGMA temp_store = MEMORY; PRAGMA case_sensitive_like = ON;
       PRAGMA journal_mode = OFF; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = OFF;`,
    );
    const named = used.length === 0 ? ["eventID"] : used;
    const list = named.map((name) => `"${name}" ${columns[name]?.kind === "boolean" ? "INTEGER" : "TEXT"}`).join(", ");
    for (let table = 0; table < tables; table++) this.#database.exec(`CREATE TABLE store_${table} (${list}) STRICT`);
    addFunctions(this.#database);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  inserting(table: number, used: readonly string[]): StatementSync {
    const places = (used.length === 0 ? ["eventID"] : used).map(() => "?").join(", ");
    return this.#database.prepare(`INSERT INTO store_${table} VALUES (${places})`);
  }

  begin(): void {
    this.#database.exec("BEGIN");
  }

  commit(): void {
    this.#database.exec("COMMIT");
  }

  /** From here on, nothing but SELECT, and nothing but the tables. Throws in SQLite's words. */
  query(sql: string): StatementSync {
    this.#database.setAuthorizer(authorize);
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }
}

function authorize(action: number, name: string | null, detail: string | null): number {
  if (action === constants.SQLITE_SELECT) return constants.SQLITE_OK;
  if (action === constants.SQLITE_READ)
    return /^store_\d+$/.test(name ?? "") ? constants.SQLITE_OK : constants.SQLITE_DENY;
  if (action === constants.SQLITE_FUNCTION && functions.has((detail ?? "").toLowerCase())) return constants.SQLITE_OK;
  return constants.SQLITE_DENY;
}

/** Lake's functions that SQLite does not have. */
function addFunctions(database: DatabaseSync): void {
  const known = { deterministic: true, directOnly: false };
  database.function("element_at", known, (value, key) => {
    if (typeof value !== "string" || value.length > 1_000_000) return null;
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed !== "object" || parsed === null) return null;
    const found: unknown = Array.isArray(parsed)
      ? parsed[Number(key) - 1]
      : Object.hasOwn(parsed, String(key))
        ? (parsed as Record<string, unknown>)[String(key)]
        : undefined;
    if (found === undefined || found === null) return null;
    return typeof found === "string" ? found : JSON.stringify(found);
  });
  database.function("from_iso8601_timestamp", known, (value) => timestamp(Date.parse(String(value))));
  database.function("date_trunc", known, (unit, value) => truncated(String(unit), String(value)));
  database.function("date_add", known, (unit, count, value) => added(String(unit), Number(count), String(value)));
}

const timestamp = (at: number): string | null =>
  Number.isNaN(at) || Math.abs(at) > 8e15 ? null : new Date(at).toISOString().replace("T", " ").slice(0, 23);

const unitMs: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

const readTimestamp = (text: string): number => Date.parse(`${text.replace(" ", "T")}${text.includes(":") ? "Z" : ""}`);

function truncated(unit: string, text: string): string | null {
  const at = readTimestamp(text);
  if (Number.isNaN(at)) return null;
  const date = new Date(at);
  if (unit === "year") return timestamp(Date.UTC(date.getUTCFullYear(), 0));
  if (unit === "month") return timestamp(Date.UTC(date.getUTCFullYear(), date.getUTCMonth()));
  const size = Object.hasOwn(unitMs, unit) ? unitMs[unit] : undefined;
  // Weeks begin on Monday; the epoch was a Thursday.
  const shift = unit === "week" ? 3 * 86_400_000 : 0;
  return size === undefined ? null : timestamp(Math.floor((at + shift) / size) * size - shift);
}

function added(unit: string, count: number, text: string): string | null {
  const [at, size] = [readTimestamp(text), Object.hasOwn(unitMs, unit) ? unitMs[unit] : undefined];
  return size === undefined ? null : timestamp(at + count * size);
}
