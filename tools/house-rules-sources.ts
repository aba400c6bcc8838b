import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** One TypeScript file of the repository; `path` is relative to its root, with "/". */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** Path of the imported file relative to the root, or the name of a package. */
  readonly to: string;
  readonly local: boolean;
  /** `import type`, erased before the program runs. */
  readonly typeOnly: boolean;
  /** `import()` inside a function: it runs when both files are there, and makes no circle. */
  readonly lazy: boolean;
}

const folders = ["src", "test", "tools", "bench"];

const statement =
  /^\s*(?:import|export)\s+(type\s)?(?:[\w$*{}\s,]+?\s+from\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

/** Every source under the root, generated tables apart. */
export function readSources(root: string): Source[] {
  return folders.flatMap((folder) => filesBelow(join(root, folder)).map((file) => readSource(root, file)));
}

export function filesBelow(folder: string): string[] {
  let entries: ReturnType<typeof read>;
  try {
    entries = read(folder);
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "gen" || entry.name === "node_modules" ? [] : filesBelow(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

const read = (folder: string) => readdirSync(folder, { withFileTypes: true });

function readSource(root: string, file: string): Source {
  return sourceOf(slashed(relative(root, file)), readFileSync(file, "utf8"));
}

/** Also how a test hands in a source that does not exist. */
export function sourceOf(path: string, text: string): Source {
  const imports = [...withoutComments(text).matchAll(statement)].map((match): Import => {
    const specifier = match[2] ?? match[3] ?? "";
    const local = specifier.startsWith(".");
    const to = local ? slashed(relative(".", resolve(".", dirname(path), specifier))) : specifier;
    return { to, local, typeOnly: match[1] !== undefined, lazy: match[3] !== undefined };
  });
  return { path, text, imports };
}

const slashed = (path: string): string => path.split(sep).join("/");

/** Comments blanked, line breaks kept. Good enough for code that has been formatted. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
}
