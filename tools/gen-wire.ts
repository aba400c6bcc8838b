import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readLimits, type Source, services } from "./gen-wire/limits.ts";
import { limitedStructures } from "./gen-wire/merge.ts";
import { readClient } from "./gen-wire/schemas.ts";
import type { Limits, Member, Shape, Structure } from "./gen-wire/shapes.ts";

/**
 * Writes src/wire/gen/<service>.json from the schemas of the exactly pinned SDK clients and the committed limits in
 * tools/constraints. With --check it writes nothing and ends with 1 when a file is not what it would write.
 *
 * A type is "s" string, "n" number, "b" boolean, "t" timestamp, "B" blob, {"S": structure}, {"L": element} or {"M": value}.
 * A member is { t: type, r?: 1 required, x?: 1 sensitive, f?: 1 flattened, c?: constraint } and, where that is not its
 * own name in the body, its place: { p?: EC2 parameter, e?: EC2 element, l?: 1 label, b?: 1 payload, h?: header, q?: query }.
 */
type Type = string | { S: string } | { L: Type } | { M: Type };

const letters = { string: "s", integer: "n", number: "n", boolean: "b", timestamp: "t", blob: "B" } as const;

function typeOf(shape: Shape): Type {
  if (shape.type === "structure") return { S: shape.name };
  if (shape.type === "list") return { L: typeOf(shape.element) };
  if (shape.type === "map") return { M: typeOf(shape.value) };
  return letters[shape.type];
}

/** Undefined when nothing is limited. */
function constraintOf(shape: Shape): object | undefined {
  const { min, max, pattern, expression, enum: values }: Limits = shape;
  const each = shape.type === "list" ? constraintOf(shape.element) : undefined;
  const key = shape.type === "map" ? constraintOf(shape.key) : undefined;
  const value = shape.type === "map" ? constraintOf(shape.value) : undefined;
  const integer = shape.type === "integer" ? true : undefined;
  const constraint = { min, max, pattern, expression, enum: values, integer, each, key, value };
  return Object.values(constraint).some((limit) => limit !== undefined) ? constraint : undefined;
}

const memberOf = (member: Member): object => ({
  t: typeOf(member),
  r: member.required ? 1 : undefined,
  x: member.sensitive ? 1 : undefined,
  f: "flattened" in member && member.flattened ? 1 : undefined,
  c: constraintOf(member),
  p: member.place?.parameter,
  e: member.place?.element,
  l: member.place?.label && 1,
  b: member.place?.payload && 1,
  h: member.place?.header,
  q: member.place?.query,
});

const structureOf = (structure: Structure): object =>
  Object.fromEntries(Object.entries(structure).map(([name, member]) => [name, memberOf(member)]));

const byName = <T, U>(map: ReadonlyMap<string, T>, made: (value: T) => U): Record<string, U> =>
  Object.fromEntries(
    [...map].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]): [string, U] => [name, made(value)]),
  );

function textOf(source: Source): string {
  const { name, client: clientName, protocol, skewMinutes, only } = source;
  const client = readClient(clientName, only);
  const limits = readLimits(source);
  if (client.operations.size === 0) throw new Error(`${clientName} ${client.version} exports no operation schemas`);
  const structures = new Map(Object.entries(limitedStructures(name, client, limits)));
  const table = {
    source: `${clientName} ${client.version} and ${limits.source}. ${limits.copyright}`,
    generated: "by tools/gen-wire.ts; do not edit",
    service: name,
    protocol,
    skewMinutes,
    apiVersion: limits.apiVersion,
    targetPrefix: limits.targetPrefix,
    xmlNamespace: limits.xmlNamespace,
    operations: byName(client.operations, ({ input, output, http }) => ({ i: input, o: output, http })),
    errors: byName(client.errors, (error) => error),
    structures: byName(structures, structureOf),
  };
  return `${JSON.stringify(table, null, 1)}\n`;
}

const check = process.argv.includes("--check");
for (const service of services) {
  const url = new URL(`../src/wire/gen/${service.name}.json`, import.meta.url);
  const text = textOf(service);
  if (!check) writeFileSync(url, text);
  else if (!existsSync(url) || readFileSync(url, "utf8") !== text) {
    process.stderr.write(
      `src/wire/gen/${service.name}.json is not what the pinned SDK and tools/constraints make: run npm run gen and read the diff.\n`,
    );
    process.exitCode = 1;
  }
}
