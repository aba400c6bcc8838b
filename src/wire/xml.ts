import { base64Of } from "./base64.ts";
import type { ServiceTable, TableType } from "./table.ts";

/** Members of a typed structure as XML elements, in the schema's order; undefined and null ones are left out. */
export function structureXml(table: ServiceTable, name: string, value: Record<string, unknown>): string {
  let xml = "";
  for (const [member, { t, f, e: element = member }] of Object.entries(table.structures[name] ?? {})) {
    const held = value[member];
    if (held === undefined || held === null) continue;
    xml += f === 1 ? flattenedXml(table, element, t, held) : `<${element}>${valueXml(table, t, held)}</${element}>`;
  }
  return xml;
}

/** The elements stand in the parent, each under the member's name. */
function flattenedXml(table: ServiceTable, member: string, type: TableType, value: unknown): string {
  if (typeof type === "object" && "L" in type)
    return (value as unknown[]).map((item) => `<${member}>${valueXml(table, type.L, item)}</${member}>`).join("");
  if (typeof type === "object" && "M" in type) return entriesXml(table, member, type.M, value as object);
  return `<${member}>${valueXml(table, type, value)}</${member}>`;
}

function valueXml(table: ServiceTable, type: TableType, value: unknown): string {
  if (type === "t") return dateXml(table, value as number);
  if (type === "B") return base64Of(value as Uint8Array);
  if (typeof type === "string") return xmlText(String(value));
  if ("S" in type) return structureXml(table, type.S, value as Record<string, unknown>);
  if ("M" in type) return entriesXml(table, "entry", type.M, value as object);
  const element = table.protocol === "ec2" ? "item" : "member";
  return (value as unknown[]).map((item) => `<${element}>${valueXml(table, type.L, item)}</${element}>`).join("");
}

/** EC2 writes milliseconds; the Query services whole seconds. */
function dateXml({ protocol }: ServiceTable, at: number): string {
  const text = new Date(at).toISOString();
  return protocol === "ec2" ? text : `${text.slice(0, -5)}Z`;
}

const entriesXml = (table: ServiceTable, element: string, type: TableType, map: object): string =>
  Object.entries(map)
    .map(([key, held]) => {
      const value = valueXml(table, type, held);
      return `<${element}><key>${xmlText(key)}</key><value>${value}</value></${element}>`;
    })
    .join("");

const escapes: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "\r": "&#xD;",
};

/** Text that XML 1.0 can hold: what it cannot, half a surrogate pair among it, becomes U+FFFD. */
export const xmlText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[<>&"\r]/g, (char) => escapes[char] ?? char);
