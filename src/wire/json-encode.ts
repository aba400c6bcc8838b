import { base64Of } from "./base64.ts";
import type { ServiceTable, TableType } from "./table.ts";

/** Typed value → JSON text. Members that are undefined or null are left out. */
export type Encode = (value: unknown) => string;

export function structureEncode(table: ServiceTable, name: string, made: Map<string, Encode> = new Map()): Encode {
  const found = made.get(name);
  if (found) return found;
  let members: readonly (readonly [string, string, Encode])[] = [];
  const encode: Encode = (value) => {
    let text = "";
    for (const [member, label, inner] of members) {
      const held = (value as Record<string, unknown>)[member];
      if (held !== undefined && held !== null) text += (text === "" ? "{" : ",") + label + inner(held);
    }
    return text === "" ? "{}" : `${text}}`;
  };
  made.set(name, encode);
  members = Object.entries(table.structures[name] ?? {}).map(([member, { t }]) => [
    member,
    `${JSON.stringify(member)}:`,
    typeEncode(table, t, made),
  ]);
  return encode;
}

function typeEncode(table: ServiceTable, type: TableType, made: Map<string, Encode>): Encode {
  if (typeof type === "string") return simple[type] ?? simple.s!;
  if ("S" in type) return structureEncode(table, type.S, made);
  const inner = typeEncode(table, "L" in type ? type.L : type.M, made);
  if ("L" in type) return (value) => `[${(value as unknown[]).map(inner).join(",")}]`;
  return (value) => {
    const entries = Object.entries(value as object).map(([name, held]) => `${JSON.stringify(name)}:${inner(held)}`);
    return `{${entries.join(",")}}`;
  };
}

const simple: Readonly<Record<string, Encode>> = {
  s: (value) => JSON.stringify(String(value)),
  b: (value) => (value === true ? "true" : "false"),
  n: (value) => number(Number(value)),
  // Milliseconds → epoch seconds with a fraction.
  t: (value) => number(Number(value) / 1000),
  B: (value) => `"${base64Of(value as Uint8Array)}"`,
};

function number(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError("a number of an answer is not finite");
  return String(value);
}
