import type { ServiceTable, TableType } from "./table.ts";

/** Names of the members that the schema marks sensitive, at any depth of what the operation takes and answers. */
export function sensitiveMembers(table: ServiceTable, operation: string): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<string>();
  const visit = (type: TableType): void => {
    if (typeof type === "string") return;
    if ("L" in type) return visit(type.L);
    if ("M" in type) return visit(type.M);
    if (seen.has(type.S)) return;
    seen.add(type.S);
    for (const [name, { t, x }] of Object.entries(table.structures[type.S] ?? {})) {
      if (x === 1) names.add(name);
      visit(t);
    }
  };
  const { i, o } = table.operations[operation] ?? {};
  for (const side of [i, o]) if (side !== undefined) visit({ S: side });
  return names;
}
