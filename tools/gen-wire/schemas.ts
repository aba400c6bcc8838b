import { createRequire } from "node:module";
import type { ErrorEntry, Place, Shape, SimpleType, Structure } from "./shapes.ts";

/**
 * The only file that knows the SDK's schema tuples:
 *
 *   operation  [9, namespace, name, traits, input, output | "unit"]
 *   structure  [3 | 4 union | -3 error, namespace, name, traits, member names, member references, count of required]
 *   list       [1, namespace, name, traits, element]        map [2, namespace, name, traits, key, value]
 *   simple     [0, namespace, name, traits, code]
 *   reference  code | () => schema | [reference, traits]    traits: bit vector | object
 */
export type Tuple = readonly [number, string, string, unknown, ...unknown[]];

const codes: Readonly<Record<number, SimpleType>> = {
  0: "string",
  1: "number",
  2: "boolean",
  4: "timestamp",
  5: "timestamp",
  6: "timestamp",
  7: "timestamp",
  21: "blob",
  42: "blob",
};
const listOf = 64;
const mapOf = 128;
/** Of a trait vector: idempotency tokens are what the client fills in, and no matter to a server. */
const bits = { label: 1, idempotencyToken: 4, sensitive: 8, payload: 16 } as const;
const knownBits = bits.label | bits.idempotencyToken | bits.sensitive | bits.payload;
const knownTraits = new Set([
  "awsQueryError",
  "ec2QueryName",
  "error",
  "http",
  "httpError",
  "httpHeader",
  "httpQuery",
  "idempotencyToken",
  "sensitive",
  "streaming",
  "xmlFlattened",
  "xmlName",
]);

/** Structures by name; absent where the operation takes or answers nothing. */
export interface Sides {
  readonly input?: string;
  readonly output?: string;
  /** Method, path with labels, status of the answer: the REST protocols. */
  readonly http?: readonly [string, string, number];
}

export interface Client {
  readonly operations: ReadonlyMap<string, Sides>;
  readonly structures: ReadonlyMap<string, Structure>;
  readonly errors: ReadonlyMap<string, ErrorEntry>;
  /** Enumerations that the client exports, by shape name in lower case. */
  readonly enums: ReadonlyMap<string, readonly string[]>;
  readonly version: string;
}

const require = createRequire(import.meta.url);

/** `only`: the operations that are read; all of them without it. */
export function readClient(name: string, only?: readonly string[]): Client {
  const exported = Object.values(require(name) as Record<string, unknown>);
  const { version } = require(`${name}/package.json`) as { version: string };
  const tuples = exported.filter((value): value is Tuple => Array.isArray(value) && typeof value[0] === "number");
  const structures = new Map<string, Structure>();
  const operations = new Map<string, Sides>();
  const errors = new Map<string, ErrorEntry>();
  for (const tuple of tuples) {
    if (tuple[0] === -3 && !String(tuple[1]).includes("synthetic")) errors.set(tuple[2], errorOf(tuple));
    if (tuple[0] !== 9 || (only && !only.includes(tuple[2]))) continue;
    const [input, output] = [tuple[4], tuple[5]].map((side) => sideOf(resolved(side), structures));
    const http = (tuple[3] as { http?: Sides["http"] }).http;
    operations.set(tuple[2], {
      ...(http ? { http } : {}),
      ...(input === undefined ? {} : { input }),
      ...(output === undefined ? {} : { output }),
    });
  }
  return { operations, structures, errors, enums: enumsOf(require(name) as object), version };
}

const resolved = (reference: unknown): unknown => (typeof reference === "function" ? reference() : reference);

const sideOf = (schema: unknown, structures: Map<string, Structure>): string | undefined =>
  schema === "unit" ? undefined : addStructure(schema, structures);

function addStructure(schema: unknown, structures: Map<string, Structure>): string {
  const [kind, , name, , members, references, required] = schema as Tuple;
  if (kind !== 3 && kind !== 4) throw new Error(`${name} is not a structure: kind ${kind}`);
  if (structures.has(name)) return name;
  const structure: Record<string, Structure[string]> = {};
  structures.set(name, structure);
  (members as string[]).forEach((member, index) => {
    const { shape, traits } = shapeOf((references as unknown[])[index], structures);
    structure[member] = {
      ...shape,
      ...(index < Number(required ?? 0) ? { required: true as const } : {}),
      ...(traits.xmlFlattened ? { flattened: true as const } : {}),
      ...placeOf(traits),
    };
  });
  return name;
}

interface Traits {
  readonly xmlFlattened?: unknown;
  readonly sensitive?: unknown;
  readonly xmlName?: string;
  readonly ec2QueryName?: string;
  readonly httpHeader?: string;
  readonly httpQuery?: string;
  readonly label?: true;
  readonly payload?: true;
}

function placeOf(traits: Traits): { place?: Place } {
  const { xmlName, ec2QueryName, httpHeader, httpQuery, label, payload } = traits;
  const parameter = ec2QueryName ?? (xmlName && xmlName.charAt(0).toUpperCase() + xmlName.slice(1));
  const place: Place = {
    ...(parameter && { parameter }),
    ...(xmlName && { element: xmlName }),
    ...(label && { label }),
    ...(payload && { payload }),
    ...(httpHeader && { header: httpHeader.toLowerCase() }),
    ...(httpQuery && { query: httpQuery }),
  };
  return Object.keys(place).length > 0 ? { place } : {};
}

function traitsOf(traits: unknown): Traits {
  if (typeof traits === "number") {
    if ((traits & ~knownBits) !== 0) throw new Error(`schema trait bits ${traits} are not known`);
    return {
      ...(traits & bits.sensitive && { sensitive: 1 }),
      ...(traits & bits.label && { label: true as const }),
      ...(traits & bits.payload && { payload: true as const }),
    };
  }
  const unknown = Object.keys(traits as object).find((name) => !knownTraits.has(name));
  if (unknown) throw new Error(`schema trait ${unknown} is not known`);
  return traits as Traits;
}

function shapeOf(reference: unknown, structures: Map<string, Structure>): { shape: Shape; traits: Traits } {
  const schema = resolved(reference);
  if (typeof schema === "number") return { shape: shapeOfCode(schema), traits: {} };
  const tuple = schema as Tuple;
  if (typeof tuple[0] !== "number" || tuple.length === 2) {
    const inner = shapeOf(tuple[0], structures);
    const traits = { ...inner.traits, ...traitsOf(tuple[1]) };
    return { shape: marked(inner.shape, traits), traits };
  }
  const traits = traitsOf(tuple[3]);
  return { shape: marked(shapeOfTuple(tuple, structures), traits), traits };
}

const marked = (shape: Shape, traits: Traits): Shape => (traits.sensitive ? { ...shape, sensitive: true } : shape);

function shapeOfTuple(tuple: Tuple, structures: Map<string, Structure>): Shape {
  const [kind, , name] = tuple;
  if (kind === 0) return shapeOfCode(Number(tuple[4]));
  if (kind === 3 || kind === 4) return { type: "structure", name: addStructure(tuple, structures) };
  if (kind === 1) return { type: "list", element: shapeOf(tuple[4], structures).shape };
  if (kind !== 2) throw new Error(`schema kind ${kind} of ${name} is not known`);
  return { type: "map", key: { type: "string" }, value: shapeOf(tuple[5], structures).shape };
}

function shapeOfCode(code: number): Shape {
  if (code >= mapOf) return { type: "map", key: { type: "string" }, value: shapeOfCode(code - mapOf) };
  if (code >= listOf) return { type: "list", element: shapeOfCode(code - listOf) };
  const type = codes[code];
  if (!type) throw new Error(`schema code ${code} is not known`);
  return { type };
}

function errorOf(tuple: Tuple): ErrorEntry {
  const traits = (typeof tuple[3] === "object" ? tuple[3] : {}) as {
    error?: "client" | "server";
    httpError?: number;
    awsQueryError?: readonly [string, number];
  };
  return traits.awsQueryError ?? [tuple[2], traits.httpError ?? (traits.error === "server" ? 500 : 400)];
}

function enumsOf(client: object): Map<string, readonly string[]> {
  const enums = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(client)) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
    const values = Object.values(value);
    if (values.length > 0 && values.every((one) => typeof one === "string")) enums.set(name.toLowerCase(), values);
  }
  return enums;
}
