import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Limit, type LimitTable, services } from "./gen-wire/limits.ts";

/**
 * Extracts the limits of a service's input (lengths, ranges, patterns, enumerations, required members) from its model
 * into tools/constraints/<service>.json. The models are not part of this repository; the extracts are, so that
 * tools/gen-wire.ts needs nothing else. Run it when a model is updated.
 */
const models = new URL("../../shared/models/", import.meta.url);

interface ModelShape {
  readonly type: string;
  readonly members?: Record<string, { readonly shape: string }>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

interface Model {
  readonly metadata: { readonly apiVersion: string; readonly targetPrefix?: string; readonly xmlNamespace?: string };
  readonly operations: Record<string, { readonly input?: { readonly shape: string } }>;
  readonly shapes: Record<string, ModelShape>;
}

/** Limits alone; a shape without any is left out, and its members with it. */
function limitOf(shape: ModelShape): Limit | undefined {
  const limit: Limit = {
    ...(shape.type === "integer" || shape.type === "long" ? { integer: true as const } : {}),
    ...(shape.min === undefined ? {} : { min: shape.min }),
    ...(shape.max === undefined ? {} : { max: shape.max }),
    ...(shape.pattern === undefined ? {} : { pattern: shape.pattern }),
    ...(shape.enum === undefined ? {} : { enum: shape.enum }),
    ...(shape.member ? { element: shape.member.shape } : {}),
    ...(shape.key ? { key: shape.key.shape } : {}),
    ...(shape.value ? { value: shape.value.shape } : {}),
  };
  return Object.keys(limit).length === 0 ? undefined : limit;
}

function extract(model: Model): Pick<LimitTable, "limits" | "members"> {
  const limits: Record<string, Limit> = {};
  const members: Record<string, Record<string, string>> = {};
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const shape = model.shapes[name];
    if (!shape) throw new Error(`the model names a shape that it does not define: ${name}`);
    if (shape.members) {
      const required = new Set(shape.required);
      members[name] = Object.fromEntries(
        Object.entries(shape.members).map(([member, { shape: target }]) => [
          member,
          required.has(member) ? `${target}!` : target,
        ]),
      );
      for (const { shape: target } of Object.values(shape.members)) visit(target);
      return;
    }
    const limit = limitOf(shape);
    if (limit) limits[name] = limit;
    for (const inner of [shape.member, shape.key, shape.value]) if (inner) visit(inner.shape);
  };
  for (const operation of Object.values(model.operations)) if (operation.input) visit(operation.input.shape);
  return { limits: sorted(limits), members: sorted(members) };
}

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** One entry a line, so that an update reads as a diff. */
export function printed(table: LimitTable): string {
  const lines = (record: object) =>
    Object.entries(record).map(([name, content]) => `    ${JSON.stringify(name)}: ${JSON.stringify(content)}`);
  const { limits, members, ...head } = table;
  const headLines = Object.entries(head).map(
    ([name, content]) => `  ${JSON.stringify(name)}: ${JSON.stringify(content)}`,
  );
  const section = (name: string, record: object) => `  "${name}": {\n${lines(record).join(",\n")}\n  }`;
  return `{\n${[...headLines, section("limits", limits), section("members", members)].join(",\n")}\n}\n`;
}

if (!existsSync(models)) {
  process.stderr.write("Cannot extract the constraints: the service models are not beside this repository.\n");
  process.exit(1);
}
for (const service of services) {
  if (service.unlimited) continue;
  const model = JSON.parse(readFileSync(new URL(`${service.name}.json`, models), "utf8")) as Model;
  const { apiVersion, targetPrefix, xmlNamespace } = model.metadata;
  const namespace = typeof xmlNamespace === "string" ? xmlNamespace : undefined;
  const table: LimitTable = {
    source: `botocore 1.43.107, data/${service.name}/${apiVersion}/service-2.json: limits of the input shapes alone`,
    copyright: "Copyright Amazon.com, Inc. or its affiliates. Licensed under the Apache License, Version 2.0.",
    generatedBy: "tools/gen-constraints.ts",
    apiVersion,
    ...(targetPrefix === undefined ? {} : { targetPrefix }),
    ...(namespace === undefined ? {} : { xmlNamespace: namespace }),
    operations: Object.keys(model.operations).toSorted(),
    ...extract(model),
  };
  writeFileSync(new URL(`constraints/${service.name}.json`, import.meta.url), printed(table));
}
