import { OperatorError } from "../errors.ts";

/**
 * A .env file as a list of pieces whose `text`s, joined, are the file byte for byte. Assignments:
 *
 *   [export ]NAME=unquoted value  # comment        trimmed; a comment starts at " #"
 *   NAME="double quoted"                           may span lines; \n \r \t \" \\ \$ stand for what they say
 *   NAME='single quoted'  NAME=`in backticks`      may span lines; taken as they are
 *
 * `$NAME` is not expanded: a value is what stands there.
 */
export type Piece = Assignment | { readonly kind: "other"; readonly text: string; readonly line: number };

export interface Assignment {
  readonly kind: "assignment";
  readonly name: string;
  readonly value: string;
  /** Everything before the value, so that it can be replaced: `export NAME=`. */
  readonly before: string;
  readonly after: string;
  readonly text: string;
  readonly line: number;
}

const head = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", $: "$" };

/** Throws OperatorError that names the line, never its content. */
export function parseDotenv(text: string, file: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const piece = pieceAt(text, at, line, file);
    pieces.push(piece);
    at += piece.text.length;
    line += piece.text.split("\n").length - 1;
  }
  return pieces;
}

function pieceAt(text: string, at: number, line: number, file: string): Piece {
  const feed = text.indexOf("\n", at);
  const end = feed < 0 ? text.length : feed + 1;
  const whole = text.slice(at, end);
  if (/^\uFEFF?\s*(#|$)/.test(whole)) return { kind: "other", text: whole, line };
  const [before, name] = head.exec(whole) ?? [];
  if (before === undefined || name === undefined)
    throw new OperatorError(`Cannot read "${file}": line ${line} is neither NAME=value nor a comment`);
  const start = at + before.length;
  const quote = text[start] ?? "";
  if (quote === '"' || quote === "'" || quote === "`") return quoted(text, at, start, quote, name, line, file);
  const raw = text.slice(start, end);
  const content = raw.replace(/(^|[ \t])#.*/, "").trimEnd();
  return { kind: "assignment", name, value: content, before, after: raw.slice(content.length), text: whole, line };
}

function quoted(
  text: string,
  at: number,
  start: number,
  quote: string,
  name: string,
  line: number,
  file: string,
): Assignment {
  let close = start + 1;
  while (close < text.length && text[close] !== quote) close += quote === '"' && text[close] === "\\" ? 2 : 1;
  if (close >= text.length)
    throw new OperatorError(`Cannot read "${file}": the quote that opens on line ${line} does not close`);
  const feed = text.indexOf("\n", close);
  const end = feed < 0 ? text.length : feed + 1;
  const after = text.slice(close + 1, end);
  if (!/^\s*(#.*)?\s*$/.test(after))
    throw new OperatorError(`Cannot read "${file}": something follows the quote that opens on line ${line}`);
  const inner = text.slice(start + 1, close);
  const value = quote === '"' ? inner.replace(/\\(["\\nrt$])/g, (_, letter: string) => escapes[letter] ?? "") : inner;
  return { kind: "assignment", name, value, before: text.slice(at, start), after, text: text.slice(at, end), line };
}

/** The piece with another value, which must need no quotes. Without a space a comment would become part of it. */
export const withValue = ({ before, after }: Assignment, value: string): string =>
  `${before}${value}${after.startsWith("#") ? " " : ""}${after}`;
