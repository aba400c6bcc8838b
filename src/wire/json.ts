import { refuse } from "../errors.ts";
import type { WireOperation, WireReply, WireRequest, WireService } from "./protocol.ts";
import type { ServiceTable, TableType } from "./table.ts";
import { refuseProblems, structureCheck } from "./validate.ts";

/** AWS JSON 1.1: POST / with X-Amz-Target. */
const contentType = "application/x-amz-json-1.1";
const depthMost = 64;

type Decode = (value: unknown, depth: number) => unknown;
type Encode = (value: unknown) => string;

const serialization = (message: string): never => refuse("SerializationException", message);

/** Server faults that are not 500. */
const serverFaults: Readonly<Record<string, number>> = { DependencyTimeoutException: 503, InternalFailure: 500 };

export function jsonService(table: ServiceTable): WireService {
  const operations = new Map<string, WireOperation>();
  for (const name of Object.keys(table.operations)) operations.set(name, lazily(() => jsonOperation(table, name)));
  return {
    name: table.service,
    eventSource: `${table.service}.amazonaws.com`,
    protocol: "json",
    skewMinutes: table.skewMinutes,
    operations,
    operationOf: (request) => operationOf(request, operations),
    encodeError: ({ code, message, status }, _requestId) => {
      const member = code === "AccessDeniedException" ? "Message" : "message";
      const body = message === "" ? { __type: code } : { __type: code, [member]: message };
      return { status: status >= 500 ? (serverFaults[code] ?? 500) : code === "UnknownOperationException" ? 404 : 400, headers: { "Content-Type": contentType }, body: JSON.stringify(body) };
    },
  };
}

/** Compiled when it is first called: starting is not slowed by operations that nobody calls. */
function lazily(make: () => WireOperation): WireOperation {
  let made: WireOperation | undefined;
  const get = (): WireOperation => (made ??= make());
  return {
    get name() {
      return get().name;
    },
    get sensitive() {
      return get().sensitive;
    },
    decode: (request) => get().decode(request),
    encode: (output, requestId) => get().encode(output, requestId),
  };
}

function operationOf(request: WireRequest, operations: ReadonlyMap<string, WireOperation>): string {
  const target = request.headers.get("x-amz-target");
  const [path] = request.target.split("?", 1);
  if (request.method !== "POST" || path !== "/" || target?.length !== 1) return refuse("UnknownOperationException", "", 404);
  // The CLI sends a longer prefix than the SDKs for some services: the operation stands behind the last dot.
  const name = target[0]!.slice(target[0]!.lastIndexOf(".") + 1);
  return operations.has(name) ? name : refuse("UnknownOperationException", "", 404);
}

function jsonOperation(table: ServiceTable, name: string): WireOperation {
  const { i, o } = table.operations[name]!;
  const decode = i === undefined ? () => ({}) : structureDecode(table, i, new Map());
  const check = i === undefined ? undefined : structureCheck(table, i);
  const encode = o === undefined ? () => "" : structureEncode(table, o, new Map());
  const members = Object.entries(table.structures[i ?? ""] ?? {});
  return {
    name,
    sensitive: new Set(members.filter(([, { x }]) => x === 1).map(([member]) => member)),
    decode(request) {
      const input = decode(parse(request.body), 0) as Record<string, unknown>;
      const problems: string[] = [];
      check?.(input, "", problems);
      refuseProblems(problems);
      return input;
    },
    encode: (output): WireReply => ({ status: 200, headers: { "Content-Type": contentType }, body: encode(output) }),
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    return serialization("Unable to parse the request body as JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) serialization("Start of structure or map found where not expected.");
  return value;
}

function structureDecode(table: ServiceTable, name: string, made: Map<string, Decode>): Decode {
  const found = made.get(name);
  if (found) return found;
  let members: [string, Decode][] = [];
  const decode: Decode = (value, depth) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrongType(value, "a structure");
    if (depth > depthMost) serialization("The request is nested too deeply.");
    const structure: Record<string, unknown> = {};
    for (const [member, inner] of members) {
      if (!Object.hasOwn(value, member)) continue;
      const held = (value as Record<string, unknown>)[member];
      if (held !== null) structure[member] = inner(held, depth + 1);
    }
    return structure;
  };
  made.set(name, decode);
  members = Object.entries(table.structures[name] ?? {}).map(([member, { t }]) => [member, typeDecode(table, t, made)]);
  return decode;
}

function typeDecode(table: ServiceTable, type: TableType, made: Map<string, Decode>): Decode {
  if (typeof type === "string") return scalarDecode[type]!;
  if ("S" in type) return structureDecode(table, type.S, made);
  const inner = typeDecode(table, "L" in type ? type.L : type.M, made);
  if ("L" in type)
    return (value, depth) => {
      if (!Array.isArray(value)) return wrongType(value, "a list");
      return value.map((item: unknown) => (item === null ? serialization("A list must not hold null.") : inner(item, depth + 1)));
    };
  return (value, depth) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrongType(value, "a map");
    const map = Object.create(null) as Record<string, unknown>;
    for (const [name, held] of Object.entries(value)) {
      if (held === null) serialization("A map must not hold null.");
      map[name] = inner(held, depth + 1);
    }
    return map;
  };
}

const scalarDecode: Readonly<Record<string, Decode>> = {
  s: (value) => (typeof value === "string" ? value : wrongType(value, "a String")),
  b: (value) => (typeof value === "boolean" ? value : wrongType(value, "a Boolean")),
  n: (value) => (typeof value === "number" && Number.isFinite(value) ? value : wrongType(value, "a Number")),
  t: (value) => {
    if (typeof value !== "number" || !Number.isFinite(value) || Math.abs(value) > 8.64e12) return wrongType(value, "a Timestamp");
    return Math.round(value * 1000);
  },
  d: (value) => value,
  B: (value) => {
    if (typeof value !== "string") return wrongType(value, "a Blob");
    const bytes = Buffer.from(value, "base64");
    // Decoding stops at what is not base64, so a strict text is one of the length that the bytes would have.
    if (value.length % 4 !== 0 || bytes.length !== (value.length / 4) * 3 - (value.endsWith("==") ? 2 : value.endsWith("=") ? 1 : 0))
      serialization("The blob is not valid base64.");
    return bytes;
  },
};

/** "NUMBER_VALUE can not be converted to a String", as AWS says it. */
function wrongType(value: unknown, wanted: string): never {
  const kind =
    typeof value === "number" ? "NUMBER_VALUE" : typeof value === "boolean" ? `${value ? "TRUE" : "FALSE"}_VALUE` : typeof value === "string" ? "STRING_VALUE" : Array.isArray(value) ? "START_ARRAY" : "START_OBJECT";
  return serialization(`${kind} can not be converted to ${wanted}`);
}

function structureEncode(table: ServiceTable, name: string, made: Map<string, Encode>): Encode {
  const found = made.get(name);
  if (found) return found;
  let members: [string, string, Encode][] = [];
  const encode: Encode = (value) => {
    let text = "";
    for (const [member, label, inner] of members) {
      const held = (value as Record<string, unknown>)[member];
      if (held !== undefined && held !== null) text += `${text === "" ? "" : ","}${label}${inner(held)}`;
    }
    return `{${text}}`;
  };
  made.set(name, encode);
  members = Object.entries(table.structures[name] ?? {}).map(([member, { t }]) => [member, `${JSON.stringify(member)}:`, typeEncode(table, t, made)]);
  return encode;
}

function typeEncode(table: ServiceTable, type: TableType, made: Map<string, Encode>): Encode {
  if (type === "B") return (value) => `"${(value as Buffer).toString("base64")}"`;
  if (type === "t") return (value) => String((value as number) / 1000);
  if (typeof type === "string") return (value) => JSON.stringify(value);
  if ("S" in type) return structureEncode(table, type.S, made);
  const inner = typeEncode(table, "L" in type ? type.L : type.M, made);
  if ("L" in type) return (value) => `[${(value as unknown[]).map(inner).join(",")}]`;
  return (value) => `{${Object.entries(value as object).map(([name, held]) => `${JSON.stringify(name)}:${inner(held)}`).join(",")}}`;
}
