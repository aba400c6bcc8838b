import { refuse } from "../errors.ts";
import type { WireRequest } from "./protocol.ts";
import type { ServiceTable, TableType } from "./table.ts";

/** A form read as a tree: `Tags.member.1.Key=a` → Tags → member → 1 → Key. */
interface Node {
  text?: string;
  readonly inner: Map<string, Node>;
}

const pairsMost = 5000;
const depthMost = 32;

const malformed = (message: string): never => refuse("MalformedInput", message, 400);

/** The parameters of a Query call: the query string of a GET, the body of a POST. */
export function readForm(request: WireRequest): Map<string, string> {
  const mark = request.target.indexOf("?");
  const text = request.method === "GET" ? (mark < 0 ? "" : request.target.slice(mark + 1)) : request.body.toString("utf8");
  const form = new Map<string, string>();
  if (text === "") return form;
  const pairs = text.split("&");
  if (pairs.length > pairsMost) malformed("Too many parameters.");
  for (const pair of pairs) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    // How a presigned call is signed is not part of what it asks.
    if (name.startsWith("X-Amz-")) continue;
    if (form.has(name)) malformed(`The parameter ${name.slice(0, 64)} is given more than once.`);
    form.set(name, at < 0 ? "" : decode(pair.slice(at + 1)));
  }
  return form;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return malformed("A parameter is not valid percent-encoded UTF-8.");
  }
}

/** Form → typed input of that structure; parameters that it does not have are dropped. */
export function decodeForm(table: ServiceTable, structure: string, form: ReadonlyMap<string, string>): Record<string, unknown> {
  const root: Node = { inner: new Map() };
  for (const [name, value] of form) {
    const path = name.split(".");
    if (path.length > depthMost) malformed("A parameter is nested too deeply.");
    let node = root;
    for (const part of path) {
      let next = node.inner.get(part);
      if (!next) node.inner.set(part, (next = { inner: new Map() }));
      node = next;
    }
    node.text = value;
  }
  return structureOf(table, structure, root);
}

function structureOf(table: ServiceTable, name: string, node: Node): Record<string, unknown> {
  const structure: Record<string, unknown> = {};
  for (const [member, { t }] of Object.entries(table.structures[name] ?? {})) {
    const held = node.inner.get(member);
    if (held) structure[member] = valueOf(table, t, held);
  }
  return structure;
}

function valueOf(table: ServiceTable, type: TableType, node: Node): unknown {
  if (typeof type === "string") return scalarOf(type, node);
  if ("S" in type) return structureOf(table, type.S, node);
  if ("L" in type) return numbered(node.inner.get("member") ?? node).map((item) => valueOf(table, type.L, item));
  const map = Object.create(null) as Record<string, unknown>;
  for (const entry of numbered(node.inner.get("entry") ?? node)) {
    const key = entry.inner.get("key")?.text ?? malformed("A map entry has no key.");
    map[key] = valueOf(table, type.M, entry.inner.get("value") ?? { inner: new Map() });
  }
  return map;
}

/** Children 1, 2, 3 … in the order of their numbers; an empty list is sent as `Name=`. */
function numbered(node: Node): Node[] {
  const children = [...node.inner].map(([name, child]) => {
    if (!/^[1-9]\d{0,4}$/.test(name)) malformed("A list's parameters are numbered from 1.");
    return [Number(name), child] as const;
  });
  return children.sort(([a], [b]) => a - b).map(([, child]) => child);
}

function scalarOf(type: string, { text, inner }: Node): unknown {
  if (text === undefined) return malformed(inner.size > 0 ? "A parameter has parts where it has none." : "A parameter has no value.");
  if (type === "s") return text;
  if (type === "b") return text === "true" ? true : text === "false" ? false : malformed("A boolean is true or false.");
  if (type === "n") return /^-?\d{1,15}(\.\d{1,10})?$/.test(text) ? Number(text) : malformed("A number is expected.");
  if (type === "B") return Buffer.from(text, "base64");
  const at = Date.parse(text);
  return Number.isNaN(at) ? malformed("A timestamp is expected.") : at;
}
