import { anyRun, type Glob, matches } from "./glob.ts";
import { template, type Lookup } from "./variables.ts";

/** Does the ARN (or "*") of the question match one of the statement's resources? */
export type ResourceMatcher = (resource: string, lookup: Lookup) => boolean;

const colon = 0x3a;

/**
 * Six segments, each matched on its own: a wildcard stays inside its colon segment, the last one takes the rest.
 * A pattern with fewer segments is completed with "*".
 */
export function arnMatches(pattern: Glob, arn: string): boolean {
  const parts = arn.split(":");
  if (parts.length < 6) return false;
  const actual = [...parts.slice(0, 5), parts.slice(5).join(":")];
  const expected = segments(pattern);
  return actual.every((part, index) => matches(expected[index] ?? [anyRun], part));
}

function segments(pattern: Glob): Glob[] {
  const found: number[][] = [[]];
  for (const code of pattern) {
    if (code === colon && found.length < 6) found.push([]);
    else found.at(-1)!.push(code);
  }
  return found;
}

/** Resource or NotResource of a statement. Variables count after the fifth colon only (iam.md, section 1.3). */
export function compileResources(values: readonly string[], variables: boolean): ResourceMatcher {
  const compiled = values.map((value) => {
    if (/^\*+$/.test(value)) return () => true;
    const fifth = value.split(":", 5).join(":").length;
    const [head, tail] = [value.slice(0, fifth), value.slice(fifth)];
    const [fixed, rest] = [template(head, { wild: true, variables: false }), template(tail, { wild: true, variables })];
    return (resource: string, lookup: Lookup) => {
      if (resource === "*") return false;
      const ending = rest(lookup);
      return ending !== undefined && arnMatches([...(fixed(lookup) ?? []), ...ending], resource);
    };
  });
  return (resource, lookup) => compiled.some((matcher) => matcher(resource, lookup));
}
