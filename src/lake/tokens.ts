export interface Token {
  /** `store`: an event data store's id, as it stands after FROM. */
  readonly kind: "name" | "quoted" | "text" | "number" | "store" | "sign";
  /** A text or a quoted name without its quotes. */
  readonly text: string;
}

/** What the statement is refused for, in a sentence; the caller makes AWS's error of it. */
export class StatementError extends Error {}

const patterns: readonly (readonly [Token["kind"] | "blank", RegExp])[] = [
  ["blank", /\s+|--[^\n]*|\/\*[^]*?\*\//y],
  ["store", /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])/iy],
  ["text", /'(?:[^']|'')*'/y],
  ["quoted", /"(?:[^"]|"")*"/y],
  ["number", /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?!\w)/iy],
  ["name", /[a-z_]\w*/iy],
  ["sign", /<>|!=|<=|>=|\|\||[()[\],.*+\-/%=<>?;]/y],
];

/** Cuts a statement of SQL into its words. Throws StatementError for what is none. */
export function tokensOf(statement: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < statement.length; ) {
    const [kind, text] = tokenAt(statement, at);
    at += text.length;
    if (kind !== "blank") tokens.push({ kind, text: unquoted(kind, text) });
  }
  return tokens;
}

function tokenAt(statement: string, at: number): [Token["kind"] | "blank", string] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const [text = ""] = pattern.exec(statement) ?? [];
    if (text !== "") return [kind, text];
  }
  throw new StatementError(`the character ${JSON.stringify(statement.slice(at, at + 1))} is not expected there`);
}

function unquoted(kind: Token["kind"] | "blank", text: string): string {
  if (kind === "text") return text.slice(1, -1).replaceAll("''", "'");
  return kind === "quoted" ? text.slice(1, -1).replaceAll('""', '"') : text;
}
