import { columnNamed, columns, fieldNamed, type Fields } from "./columns.ts";
import { StatementError, type Token } from "./tokens.ts";

/** A column, or something in one, as SQLite is asked for it. */
export interface Path {
  readonly sql: string;
  /** How many tokens it takes. */
  readonly length: number;
  /** The column's name; undefined where it is no column of an event data store. */
  readonly column: string | undefined;
}

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

type Accessor = { readonly field: string } | { readonly index: number } | { readonly key: string };

/**
 * `userIdentity.sessionContext.sessionIssuer.arn`, `t.resources[1].arn`, `requestParameters['keyId']`: the tokens from
 * `at`, the first of which is a name. Throws StatementError for a field or an access that there is not.
 */
export function pathAt(tokens: readonly Token[], at: number): Path {
  const names = namesAt(tokens, at);
  const own = names.map(({ text }) => columnNamed(text));
  const place = own[0] !== undefined ? 0 : own[1] !== undefined ? 1 : -1;
  const column = place < 0 ? undefined : own[place];
  if (column === undefined) {
    const sql = names.map(({ kind, text }) => (kind === "quoted" ? quotedName(text) : text)).join(".");
    return { sql, length: names.length * 2 - 1, column };
  }
  const qualifier = names.slice(0, place).map(({ text }) => `${quotedName(text)}.`);
  const start = at + place * 2 + 1;
  const { accessors, end } = accessorsAt(tokens, start);
  const sql = access(column, `${qualifier.join("")}${quotedName(column)}`, accessors);
  return { sql, length: end - at, column };
}

function namesAt(tokens: readonly Token[], at: number): Token[] {
  const names = [tokens[at]!];
  for (let next = at + 1; tokens[next]?.text === "." && tokens[next]?.kind === "sign"; next += 2) {
    const name = tokens[next + 1];
    if (name?.kind !== "name" && name?.kind !== "quoted") break;
    names.push(name);
  }
  return names;
}

function accessorsAt(tokens: readonly Token[], start: number): { accessors: Accessor[]; end: number } {
  const accessors: Accessor[] = [];
  const isSign = (place: number, text: string) => tokens[place]?.kind === "sign" && tokens[place]?.text === text;
  for (let at = start; ; ) {
    const [inner, name] = [tokens[at + 1], tokens[at + 1]?.text ?? ""];
    if (isSign(at, ".") && (inner?.kind === "name" || inner?.kind === "quoted")) {
      accessors.push({ field: name });
      at += 2;
    } else if (isSign(at, "[") && isSign(at + 2, "]") && inner?.kind === "text") {
      accessors.push({ key: name });
      at += 3;
    } else if (isSign(at, "[") && isSign(at + 2, "]") && /^[1-9]\d{0,5}$/.test(name)) {
      accessors.push({ index: Number(name) });
      at += 3;
    } else if (isSign(at, "[")) throw new StatementError("a subscript is a text or a number from 1");
    else return { accessors, end: at };
  }
}

function access(column: string, sql: string, accessors: readonly Accessor[]): string {
  const shape = columns[column]!;
  if (accessors.length === 0) return sql;
  if (shape.kind === "map") return mapValue(column, sql, accessors);
  if (shape.kind !== "struct" && shape.kind !== "structs")
    throw new StatementError(`column ${column} has nothing within it`);
  let within: Fields | null = shape.fields;
  let listed = shape.kind === "structs";
  let path = "$";
  for (const accessor of accessors) {
    if ("index" in accessor && listed) {
      // Lists are counted from 1.
      path += `[${accessor.index - 1}]`;
      listed = false;
      continue;
    }
    const found: ReturnType<typeof fieldNamed> =
      "field" in accessor && !listed && within ? fieldNamed(within, accessor.field) : undefined;
    if (!found) throw new StatementError(`${column} does not have ${JSON.stringify(accessor)}`);
    path += `.${found.name}`;
    within = found.within;
  }
  return `(${sql} ->> ${quotedText(path)})`;
}

function mapValue(column: string, sql: string, accessors: readonly Accessor[]): string {
  const [only, ...more] = accessors;
  if (!only || !("key" in only) || more.length > 0)
    throw new StatementError(`${column} is a map: write element_at(${column}, 'key')`);
  return mapElement(sql, only.key);
}

/** SQLite takes most keys as they are; what could be a path of JSON is looked up by element_at. */
export const mapElement = (sql: string, key: string): string =>
  /^[A-Za-z_][\w:./ -]{0,200}$/.test(key)
    ? `(${sql} ->> ${quotedText(key)})`
    : `element_at(${sql}, ${quotedText(key)})`;
