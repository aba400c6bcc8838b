import type { Member, Shape, Simple, Structure } from "./shapes.ts";
import type { Limit, LimitTable } from "./limits.ts";
import { expressionOf } from "./patterns.ts";
import type { Client } from "./schemas.ts";

/**
 * Structures of the client with the limits of the table laid over them. Throws when the two disagree about what is
 * required, or when a structure of an operation that the table knows has no entry: such a gap would pass quietly.
 */
export function limitedStructures(service: string, client: Client, table: LimitTable): Record<string, Structure> {
  const inputs = inputStructures(client, table);
  return Object.fromEntries(
    [...client.structures].map(([name, structure]) => {
      const targets = table.members[name];
      if (!targets && inputs.has(name) && Object.keys(structure).length > 0)
        throw new Error(`${service}: the limits have no structure ${name}; run tools/gen-constraints.ts`);
      return [name, targets ? limited(`${service} ${name}`, structure, targets, client, table) : structure];
    }),
  );
}

/** The structures that operations known to the table can reach from their input. */
function inputStructures(client: Client, table: LimitTable): Set<string> {
  const reached = new Set<string>();
  const visit = (shape: Shape): void => {
    if (shape.type === "list") visit(shape.element);
    else if (shape.type === "map") visit(shape.value);
    else if (shape.type === "structure" && !reached.has(shape.name)) {
      reached.add(shape.name);
      for (const member of Object.values(client.structures.get(shape.name) ?? {})) visit(member);
    }
  };
  for (const name of table.operations) {
    const operation = client.operations.get(name);
    if (!operation) throw new Error(`the client lacks operation ${name}`);
    if (operation.input !== undefined) visit({ type: "structure", name: operation.input });
  }
  return reached;
}

function limited(
  where: string,
  structure: Structure,
  targets: Readonly<Record<string, string>>,
  client: Client,
  table: LimitTable,
): Structure {
  const entries = Object.entries(structure).map(([name, member]): [string, Member] => {
    const target = targets[name];
    if (target === undefined) return [name, member];
    const required = target.endsWith("!");
    if (required !== (member.required ?? false)) throw new Error(`${where}.${name}: required here, not there`);
    const shape = withLimit(member, required ? target.slice(0, -1) : target, client, table);
    return [name, shape];
  });
  return Object.fromEntries(entries);
}

function withLimit(shape: Shape, target: string | undefined, client: Client, table: LimitTable): Shape {
  const limit = target === undefined ? undefined : table.limits[target];
  if (!limit) return shape;
  const own = ownLimits(limit, client.enums.get(target!.toLowerCase()));
  if (shape.type === "list")
    return { ...shape, ...own, element: withLimit(shape.element, limit.element, client, table) };
  if (shape.type === "map")
    return {
      ...shape,
      ...own,
      key: withLimit(shape.key, limit.key, client, table) as Simple,
      value: withLimit(shape.value, limit.value, client, table),
    };
  if (shape.type === "number" && limit.integer) return { ...shape, ...own, type: "integer" };
  return { ...shape, ...own };
}

/** The client may know newer values of an enumeration than the table; both count. */
function ownLimits(limit: Limit, newer: readonly string[] | undefined): Partial<Simple> {
  const { min, max, pattern } = limit;
  const expression = pattern === undefined ? undefined : expressionOf(pattern);
  const values = limit.enum && [...new Set([...limit.enum, ...(newer ?? []).toSorted()])];
  return {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(expression === undefined ? {} : { expression }),
    ...(values === undefined ? {} : { enum: values }),
  };
}
