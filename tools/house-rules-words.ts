import { type Source, withoutComments } from "./house-rules-sources.ts";

const longestFile = 200;

const vagueRooms = /(^|\/)(utils?|helpers?|common|lib|core|shared|types|misc)(\/|\.ts$|\.test\.ts$)/;

/** Declared names that say nothing about the product. `wireService` speaks of AWS's services and may. */
const vagueDeclarations = [
  /\b(?:const|let|var|function)\s+(ctx|req|opts|mgr|\w*(?:Impl|Manager))\b/g,
  /\b(?:class|interface|type)\s+(\w*(?:Impl|Service|Manager))\b/g,
  /[(,]\s*(ctx|req|opts|mgr)\s*[,:)?]/g,
];

/** One AWS service on the wire is called what it is. */
const meant = new Set(["WireService"]);

/** Private constructors whose gate is a static method: who may call it. */
const gates: readonly (readonly [call: string, folder: string, why: string])[] = [
  ["Caller.make(", "src/identity/", "only identity/ makes a Caller"],
  ["Decision.make(", "src/policy/", "only policy/ makes a Decision"],
];

export function longFiles(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.split("\n").length - 1;
    return lines > longestFile ? [`${path} has ${lines} lines: ${longestFile} is the most; it holds two things`] : [];
  });
}

export function vagueNames(sources: readonly Source[]): string[] {
  const folders = sources
    .filter(({ path }) => vagueRooms.test(path))
    .map(({ path }) => `${path}: name the room after a thing of the product, not after its being shared`);
  const names = sources.flatMap(({ path, text }) => {
    const code = withoutComments(text);
    const found = vagueDeclarations.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name = ""]) => name));
    return [...new Set(found)]
      .filter((name) => !meant.has(name))
      .map((name) => `${path} names something "${name}": say what it is`);
  });
  return [...folders, ...names];
}

export function forgedAuthority(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const code = withoutComments(text);
    return gates
      .filter(([call, folder]) => path.startsWith("src/") && code.includes(call) && !path.startsWith(folder))
      .map(([call, , why]) => `${path} calls ${call}…): ${why}`);
  });
}

/** identity/testing.ts makes callers out of nothing; only tests may. */
export function testingOutsideTests(sources: readonly Source[]): string[] {
  const isTest = (path: string) =>
    path.endsWith(".test.ts") || path.startsWith("test/") || path.endsWith("/testing.ts");
  return sources
    .filter(({ path, imports }) => !isTest(path) && imports.some(({ to }) => to.endsWith("/testing.ts")))
    .map(({ path }) => `${path} imports a testing.ts: that is for tests alone`);
}

/** Paths of somebody's machine have no place in a repository. */
export function machinePaths(sources: readonly Source[]): string[] {
  // Spelled in pieces so that this file does not break its own rule.
  const homes = new RegExp(`["'\`(\\s](/(?:${["home", "Users", "root", "work"].join("|")})/[\\w.-]+)`);
  return sources.flatMap(({ path, text }) => {
    const found = homes.exec(text)?.[1];
    return found === undefined ? [] : [`${path} names "${found}": a path of one machine; use import.meta.url`];
  });
}

/** Patterns of AWS's model, generated and committed. */
const fromOwnTables = new Set(["src/wire/validate.ts"]);

/** A RegExp built from text that came from outside can hang the server. */
export function builtPatterns(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path, text }) => path.startsWith("src/") && /new RegExp\(|[^.\w]RegExp\(/.test(withoutComments(text)))
    .filter(({ path }) => !path.endsWith(".test.ts") && !fromOwnTables.has(path))
    .map(({ path }) => `${path} builds a RegExp at run time: write a matcher, or a literal`);
}
