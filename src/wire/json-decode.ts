import { isUtf8 } from "node:buffer";
import { refuse } from "../errors.ts";
import { blobOf } from "./base64.ts";
import type { Constraint, ServiceTable, TableType } from "./table.ts";

/** JSON value → typed value. Null stands for absent and never arrives here. */
type Decode = (value: unknown) => unknown;

const depthMost = 64;
const timestampMost = 8.64e15;

const serialization = (message: string): never => refuse("SerializationException", message);

/** The structure as a decoder of whole bodies: UTF-8, one JSON object, an empty body for an empty one. */
export function bodyDecode(table: ServiceTable, structure: string): (body: Buffer) => Record<string, unknown> {
  const decode = structureDecode(table, structure, new Map());
  return (body) => decode(parse(body)) as Record<string, unknown>;
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  if (!isUtf8(body)) return serialization("The request body is not valid UTF-8.");
  const text = body.toString("utf8");
  if (tooDeep(text)) return serialization(`The request body is nested more than ${depthMost} deep.`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message would echo the body.
    return serialization("The request body is not valid JSON.");
  }
}

/** Text with few opening brackets cannot be deep, and long values hold none: most bodies cost a search or two. */
function tooDeep(text: string): boolean {
  let openings = 0;
  for (const bracket of ["{", "["])
    for (let at = text.indexOf(bracket); at >= 0 && openings <= depthMost; at = text.indexOf(bracket, at + 1))
      openings++;
  if (openings <= depthMost) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at++;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > depthMost) return true;
    } else if (char === 0x7d || char === 0x5d) depth--;
  }
  return false;
}

function structureDecode(table: ServiceTable, name: string, made: Map<string, Decode>): Decode {
  const found = made.get(name);
  if (found) return found;
  let members: readonly (readonly [string, Decode])[] = [];
  const decode: Decode = (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrongType(value, "a structure");
    const structure: Record<string, unknown> = {};
    for (const [member, inner] of members) {
      const held = (value as Record<string, unknown>)[member];
      if (held !== undefined && held !== null) structure[member] = inner(held);
    }
    return structure;
  };
  made.set(name, decode);
  members = Object.entries(table.structures[name] ?? {}).map(([member, { t, c }]) => [
    member,
    typeDecode(table, t, c, made),
  ]);
  return decode;
}

function typeDecode(
  table: ServiceTable,
  type: TableType,
  limits: Constraint | undefined,
  made: Map<string, Decode>,
): Decode {
  if (type === "n" && limits?.integer) return integerOf;
  if (typeof type === "string") return simple[type] ?? serialization(`type ${type} is not known`);
  if ("S" in type) return structureDecode(table, type.S, made);
  if ("L" in type) return listDecode(typeDecode(table, type.L, limits?.each, made));
  return mapDecode(typeDecode(table, type.M, limits?.value, made));
}

const listDecode =
  (inner: Decode): Decode =>
  (value) => {
    if (!Array.isArray(value)) return wrongType(value, "a list");
    return value.map((item: unknown) => (item === null ? serialization("A list must not hold null.") : inner(item)));
  };

/** A null-prototype object: `__proto__` is a key like any other (an encryption context is authenticated whole). */
const mapDecode =
  (inner: Decode): Decode =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrongType(value, "a map");
    const map = Object.create(null) as Record<string, unknown>;
    for (const name of Object.keys(value)) {
      const held = (value as Record<string, unknown>)[name];
      map[name] = held === null ? serialization("A map must not hold null.") : inner(held);
    }
    return map;
  };

const integerOf: Decode = (value) => (Number.isSafeInteger(value) ? value : wrongType(value, "an Integer"));

const simple: Readonly<Record<string, Decode>> = {
  s: (value) => (typeof value === "string" ? value : wrongType(value, "a String")),
  b: (value) => (typeof value === "boolean" ? value : wrongType(value, "a Boolean")),
  n: (value) => (Number.isFinite(value) ? value : wrongType(value, "a Number")),
  // Epoch seconds, with a fraction → milliseconds.
  t: (value) => {
    const time = typeof value === "number" ? Math.round(value * 1000) : Number.NaN;
    return Math.abs(time) <= timestampMost ? time : wrongType(value, "a Timestamp");
  },
  B: (value) => {
    if (typeof value !== "string") return wrongType(value, "a Blob");
    return blobOf(value) ?? serialization("The blob is not valid base64.");
  },
};

/** "NUMBER_VALUE can not be converted to a String", as AWS says it. */
function wrongType(value: unknown, wanted: string): never {
  if (Array.isArray(value)) return serialization("Start of list found where not expected");
  if (typeof value === "object") return serialization("Start of structure or map found where not expected");
  const token = typeof value === "boolean" ? String(value).toUpperCase() : (typeof value).toUpperCase();
  return serialization(`${token}_VALUE can not be converted to ${wanted}`);
}
