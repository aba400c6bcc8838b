import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Every operation of AWS's model is either implemented or on the list of absent ones; none is on both. */
export async function unaccountedOperations(root: string): Promise<string[]> {
  const gen = join(root, "src", "wire", "gen");
  const tables = readdirSync(gen).filter((file) => file.endsWith(".json"));
  if (tables.length === 0) return ["src/wire/gen holds no table: npm run gen makes them"];
  const found = await Promise.all(
    tables.map(async (file) => {
      const service = file.replace(/\.json$/, "");
      return check(service, operationNames(join(gen, file)), join(root, "src", "services", service));
    }),
  );
  return found.flat();
}

async function check(service: string, modelled: readonly string[], folder: string): Promise<string[]> {
  const implemented = await names(join(folder, "operations.ts"), "Operations");
  const absent = await names(join(folder, "absent-operations.ts"), "");
  const problems: string[] = [];
  if (modelled.length === 0) problems.push(`src/wire/gen/${service}.json names no operation`);
  for (const name of modelled) {
    if (!implemented.has(name) && !absent.has(name))
      problems.push(`${service}:${name} is neither implemented nor in src/services/${service}/absent-operations.ts`);
    if (implemented.has(name) && absent.has(name))
      problems.push(`${service}:${name} is implemented: take it from src/services/${service}/absent-operations.ts`);
  }
  for (const name of [...implemented, ...absent])
    if (!modelled.includes(name)) problems.push(`${service}:${name} is not an operation of AWS's model`);
  return problems;
}

function operationNames(file: string): string[] {
  const table = JSON.parse(readFileSync(file, "utf8")) as { operations: Record<string, unknown> };
  return Object.keys(table.operations);
}

/** What the file exports under a name with that ending, whichever way a list of names is written. */
async function names(file: string, ending: string): Promise<Set<string>> {
  if (!existsSync(file)) return new Set();
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const lists = Object.entries(exported).filter(([name]) => name.endsWith(ending));
  return new Set(lists.flatMap(([, list]) => namesIn(list)));
}

function namesIn(list: unknown): string[] {
  if (list instanceof Map || list instanceof Set) return [...list.keys()].map(String);
  if (Array.isArray(list)) return list.map(String);
  return typeof list === "object" && list !== null ? Object.keys(list) : [];
}
