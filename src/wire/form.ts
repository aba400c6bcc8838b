import { isUtf8 } from "node:buffer";
import { refuse } from "../errors.ts";
import { blobOf } from "./base64.ts";
import type { WireRequest } from "./protocol.ts";
import type { Constraint, ServiceTable, TableMember, TableType } from "./table.ts";

/** A form read as a tree: `Tags.member.1.Key=a` → Tags → member → 1 → Key. */
interface Node {
  text?: string;
  readonly inner: Map<string, Node>;
}

const pairsMost = 5000;
const depthMost = 64;

const malformed = (message: string): never => refuse("MalformedInput", message);

/** The parameters of a Query call: those of the query string and, of a POST, those of the body. */
export function readForm(request: WireRequest): Map<string, string> {
  const mark = request.target.indexOf("?");
  const form = new Map<string, string>();
  if (mark >= 0) addPairs(form, request.target.slice(mark + 1));
  if (request.method !== "POST") return form;
  if (!isUtf8(request.body)) malformed("The request body is not valid UTF-8.");
  addPairs(form, request.body.toString("utf8"));
  return form;
}

function addPairs(form: Map<string, string>, text: string): void {
  if (text === "") return;
  const pairs = text.split("&", pairsMost + 1);
  if (pairs.length > pairsMost) malformed("Too many parameters.");
  for (const pair of pairs) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = unescaped(at < 0 ? pair : pair.slice(0, at));
    // How a presigned call is signed is not part of what it asks.
    if (name.startsWith("X-Amz-")) continue;
    if (form.has(name)) malformed(`The parameter ${name.slice(0, 64)} is given more than once.`);
    form.set(name, at < 0 ? "" : unescaped(pair.slice(at + 1)));
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return malformed("A parameter is not valid percent-encoded UTF-8.");
  }
}

/** How a member is called among the parameters: EC2's are capitalised, and its lists stand without a wrapper. */
const parameterOf = (member: string, { p }: TableMember): string => p ?? member;

/** Form → typed input of that structure; parameters that it does not have are dropped. */
export function decodeForm(
  table: ServiceTable,
  name: string,
  form: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const entries = Object.entries(table.structures[name] ?? {});
  const members = new Set(entries.map(([member, entry]) => parameterOf(member, entry)));
  const root: Node = { inner: new Map() };
  for (const [parameter, value] of form) {
    const dot = parameter.indexOf(".");
    if (!members.has(dot < 0 ? parameter : parameter.slice(0, dot))) continue;
    const path = parameter.split(".", depthMost + 1);
    if (path.length > depthMost) malformed("A parameter is nested too deeply.");
    let node = root;
    for (const part of path) {
      let next = node.inner.get(part);
      if (!next) node.inner.set(part, (next = { inner: new Map() }));
      node = next;
    }
    node.text = value;
  }
  return structureOf(table, name, root);
}

function structureOf(table: ServiceTable, name: string, node: Node): Record<string, unknown> {
  const structure: Record<string, unknown> = {};
  for (const [member, entry] of Object.entries(table.structures[name] ?? {})) {
    const held = node.inner.get(parameterOf(member, entry));
    const flattened = entry.f === 1 || table.protocol === "ec2";
    if (held) structure[member] = valueOf(table, entry.t, entry.c, held, flattened);
  }
  return structure;
}

function valueOf(
  table: ServiceTable,
  type: TableType,
  limits: Constraint | undefined,
  node: Node,
  flattened = false,
): unknown {
  if (typeof type === "string") return simpleOf(type, limits, node);
  if ("S" in type) return structureOf(table, type.S, node);
  if ("L" in type) return numbered(node, flattened, "member").map((item) => valueOf(table, type.L, limits?.each, item));
  const map = Object.create(null) as Record<string, unknown>;
  for (const entry of numbered(node, flattened, "entry")) {
    const key = entry.inner.get("key")?.text ?? malformed("A map entry has no key.");
    map[key] = valueOf(
      table,
      type.M,
      limits?.value,
      entry.inner.get("value") ?? malformed("A map entry has no value."),
    );
  }
  return map;
}

/** Children 1, 2, 3 … in the order of their numbers; an empty list is sent as `Name=`. */
function numbered(node: Node, flattened: boolean, wrapper: string): Node[] {
  if (node.text) malformed("A list is given as one value.");
  const { inner } = flattened ? node : (node.inner.get(wrapper) ?? { inner: new Map<string, Node>() });
  const children = [...inner].map(([name, child]): readonly [number, Node] => {
    if (!/^[1-9]\d{0,4}$/.test(name)) malformed("The parameters of a list are numbered from 1.");
    return [Number(name), child];
  });
  return children.toSorted(([a], [b]) => a - b).map(([, child]) => child);
}

function simpleOf(type: string, limits: Constraint | undefined, { text }: Node): unknown {
  if (text === undefined) return malformed("A parameter has parts where it has none.");
  if (type === "s") return text;
  if (type === "b") return text === "true" ? true : text === "false" ? false : malformed("A boolean is true or false.");
  if (type === "B") return blobOf(text) ?? malformed("A blob is not valid base64.");
  if (type === "n") {
    const digits = limits?.integer ? /^-?\d{1,15}$/ : /^-?\d{1,15}(\.\d{1,10})?$/;
    return digits.test(text) ? Number(text) : malformed("A number is expected.");
  }
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? malformed("A timestamp is expected.") : at;
}
