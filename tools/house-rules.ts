import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cycles, forbiddenImports, foreignPackages } from "./house-rules-imports.ts";
import { unaccountedOperations } from "./house-rules-operations.ts";
import { readSources } from "./house-rules-sources.ts";
import {
  builtPatterns,
  forgedAuthority,
  longFiles,
  machinePaths,
  testingOutsideTests,
  vagueNames,
} from "./house-rules-words.ts";

/** Every rule with what breaks it, one sentence each. All lists empty: the house is in order. */
export async function houseRules(root: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const sources = readSources(root);
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies?: object };
  return {
    "files were read": sources.length > 50 ? [] : ["hardly any source was found: the rules look at the wrong folder"],
    "imports go one way": forbiddenImports(sources),
    "no file imports itself in a circle": cycles(sources),
    "no dependency without a reason": foreignPackages(sources, Object.keys(manifest.dependencies ?? {})),
    "files are short": longFiles(sources),
    "names say what a thing is": vagueNames(sources),
    "authority is made in its own room": forgedAuthority(sources),
    "what is for tests stays in tests": testingOutsideTests(sources),
    "no path of one machine": machinePaths(sources),
    "no pattern is built from text": builtPatterns(sources),
    "every operation is accounted for": await unaccountedOperations(root),
  };
}

if (import.meta.main) {
  const broken = Object.entries(await houseRules(fileURLToPath(new URL("..", import.meta.url))));
  for (const [rule, problems] of broken)
    if (problems.length > 0) process.stdout.write(`${rule}:\n${problems.map((text) => `  ${text}\n`).join("")}`);
  process.exitCode = broken.some(([, problems]) => problems.length > 0) ? 1 : 0;
}
