import { columns } from "./columns.ts";

/** What SQLite says of a column of a result. */
export interface ResultColumn {
  readonly name: string;
  /** The column of the table that it is, as it is. */
  readonly column: string | null;
}

/** `arn` for `userIdentity.arn`, `_col1` for what has no name: as Lake calls them. */
export function resultName({ name }: ResultColumn, place: number): string {
  if (/^\w+$/.test(name)) return name;
  const [, field = ""] = /^\((?:"[^"]*"\.)?"\w+" ->> '\$[\w.[\]]*\.(\w+)'\)$/.exec(name) ?? [];
  return field === "" ? `_col${place}` : field;
}

/** Every value is a text: an absent one is empty, structs and maps are `{name=value}`. */
export function resultText({ column }: ResultColumn, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  const kind = column === null ? undefined : columns[column]?.kind;
  if (kind === "boolean") return value === 1 ? "true" : "false";
  const text = String(value);
  return kind === "map" || kind === "struct" || kind === "structs" ? shown(JSON.parse(text)) : text;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${name}=${shown(one)}`)
    .join(", ")}}`;
}
