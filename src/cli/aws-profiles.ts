import { readFileSync } from "node:fs";

type Section = Readonly<Record<string, string>>;

/**
 * INI as AWS writes it: sections, `name = value`, comments. Settings that are indented below a name without a value are
 * called `name.setting`. A file that is not there has no sections.
 */
export function readProfiles(path: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Record<string, string>>();
  let section: Record<string, string> | undefined;
  let outer = "";
  for (const line of readLines(path)) {
    const head = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (head !== undefined) {
      section = {};
      sections.set(head.trim().replace(/\s+/, " "), section);
      outer = "";
    }
    const [, indent = "", name, value] = /^([ \t]*)([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (!section || name === undefined || value === undefined) continue;
    if (indent === "") outer = value === "" ? `${name.toLowerCase()}.` : "";
    if (indent === "" || outer !== "") section[(indent === "" ? "" : outer) + name.toLowerCase()] = value;
  }
  return sections;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split(/\r?\n/);
  } catch {
    return [];
  }
}
