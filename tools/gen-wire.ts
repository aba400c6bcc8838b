import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Constraint } from "./gen-constraints.ts";

/**
 * Writes src/wire/gen/<service>.json from the schemas that the exactly pinned SDK clients export and the committed
 * constraint tables. `--check` writes nothing and fails when a file differs.
 *
 * A type is "s" string, "n" number, "b" boolean, "t" timestamp, "B" blob, "d" document, {"S": structure},
 * {"L": element} or {"M": value}. A member is { t: type, r?: 1 required, x?: 1 sensitive, c?: constraint, f?: 1 flattened }.
 */
type Schema = readonly unknown[];
type Ref = number | (() => Schema) | readonly [Ref, unknown];
type Type = string | { S: string } | { L: Type } | { M: Type };

interface Member {
  t: Type;
  r?: 1;
  x?: 1;
  f?: 1;
  c?: Constraint;
}

const services = {
  kms: { protocol: "json", skewMinutes: 5 },
  sts: { protocol: "query", skewMinutes: 15 },
  iam: { protocol: "query", skewMinutes: 15 },
} as const;

/** Limits of operations that the model does not have yet: the KMS API reference's own numbers. */
const additions: Record<string, Record<string, Constraint>> = {
  EncapsulateRequest: { KeyId: { min: 1, max: 2048 }, EncapsulationAlgorithm: { enum: ["ML_KEM"] }, GrantTokens: { min: 0, max: 10, each: { min: 1, max: 8192 } } },
  DecapsulateRequest: {
    KeyId: { min: 1, max: 2048 },
    SharedSecretCiphertextBlob: { min: 1, max: 6144 },
    EncapsulationAlgorithm: { enum: ["ML_KEM"] },
    GrantTokens: { min: 0, max: 10, each: { min: 1, max: 8192 } },
  },
};

const scalar: Record<number, string> = { 0: "s", 1: "n", 2: "b", 4: "t", 5: "t", 6: "t", 7: "t", 15: "d", 21: "B", 42: "B" };

class Tables {
  readonly structures: Record<string, Record<string, Member>> = {};
  readonly #constraints: Record<string, Record<string, Constraint>>;
  constructor(constraints: Record<string, Record<string, Constraint>>) {
    this.#constraints = constraints;
  }

  type(ref: Ref): Type {
    if (typeof ref === "number") return this.#coded(ref);
    if (typeof ref === "function") return this.#shape(ref());
    return this.type(ref[0]);
  }

  #coded(code: number): Type {
    if (code >= 128) return { M: this.#coded(code - 128) };
    if (code >= 64) return { L: this.#coded(code - 64) };
    const found = scalar[code];
    if (found === undefined) throw new Error(`Unknown schema code ${code}`);
    return found;
  }

  #shape(schema: Schema): Type {
    const [kind, , name] = schema as [number, string, string];
    if (kind === 0) return this.#coded(schema[4] as number);
    if (kind === 1) return { L: this.type(schema[4] as Ref) };
    if (kind === 2) return { M: this.type(schema[5] as Ref) };
    if (kind === 3 || kind === 4 || kind === -3) return this.structure(schema);
    throw new Error(`Unknown schema kind ${kind} of ${name}`);
  }

  structure(schema: Schema): Type {
    const [, , name, , names, refs, required = 0] = schema as [number, string, string, unknown, string[], Ref[], number?];
    if (name in this.structures) return { S: name };
    const members: Record<string, Member> = {};
    this.structures[name] = members;
    const constraints = additions[name] ?? this.#constraints[name] ?? {};
    names.forEach((member, index) => {
      const entry: Member = { t: this.type(refs[index]!) };
      if (index < required) entry.r = 1;
      if (sensitive(refs[index]!)) entry.x = 1;
      const traits = Array.isArray(refs[index]) ? (refs[index] as unknown[])[1] : undefined;
      if (typeof traits === "object" && traits !== null && "xmlFlattened" in traits) entry.f = 1;
      const constraint = constraints[member];
      if (constraint) entry.c = constraint;
      members[member] = entry;
    });
    return { S: name };
  }
}

/** Bit 8 of a trait vector, or the `sensitive` trait of an object. */
function sensitive(ref: Ref): boolean {
  const marked = (traits: unknown) => (typeof traits === "number" ? (traits & 8) !== 0 : typeof traits === "object" && traits !== null && "sensitive" in traits);
  if (typeof ref === "number") return false;
  if (typeof ref === "function") return marked(ref()[3]);
  return marked(ref[1]) || sensitive(ref[0]);
}

async function generate(service: keyof typeof services): Promise<string> {
  const constraints = JSON.parse(readFileSync(path(`./constraints/${service}.json`), "utf8"));
  const { version } = JSON.parse(readFileSync(path(`../node_modules/@aws-sdk/client-${service}/package.json`), "utf8"));
  const client = (await import(`@aws-sdk/client-${service}`)) as Record<string, Schema>;
  const tables = new Tables(constraints.structures);
  const operations: Record<string, { i?: string; o?: string }> = {};
  const errors: Record<string, [string, number]> = {};
  for (const [name, schema] of Object.entries(client)) {
    if (!name.endsWith("$") || !Array.isArray(schema)) continue;
    if (schema[0] === 9) {
      const [input, output] = [schema[4], schema[5]].map((side) => structureName(tables, (side as () => unknown)()));
      operations[schema[2] as string] = { ...(input && { i: input }), ...(output && { o: output }) };
    } else if (schema[0] === -3) {
      const { awsQueryError, httpError } = schema[3] as { awsQueryError?: [string, number]; httpError?: number };
      errors[schema[2] as string] = awsQueryError ?? [schema[2] as string, httpError ?? 400];
    }
  }
  if (Object.keys(operations).length === 0) throw new Error(`@aws-sdk/client-${service} exports no operation schemas`);
  const { apiVersion, targetPrefix, xmlNamespace } = constraints;
  const about = { source: `@aws-sdk/client-${service} ${version} and ${constraints.source}`, generated: "by tools/gen-wire.ts; do not edit" };
  const settings = { service, ...services[service], apiVersion, targetPrefix, xmlNamespace };
  return `${JSON.stringify({ ...about, ...settings, operations: sorted(operations), errors: sorted(errors), structures: sorted(tables.structures) }, null, 1)}\n`;
}

const structureName = (tables: Tables, side: unknown): string | undefined => {
  if (!Array.isArray(side)) return undefined;
  const type = tables.structure(side);
  return typeof type === "object" && "S" in type ? type.S : undefined;
};

const sorted = <T>(table: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const check = process.argv.includes("--check");
for (const service of Object.keys(services) as (keyof typeof services)[]) {
  const file = path(`../src/wire/gen/${service}.json`);
  const text = await generate(service);
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`src/wire/gen/${service}.json is not what the pinned SDK and the constraint table make: run npm run gen`);
    process.exitCode = 1;
  }
}
