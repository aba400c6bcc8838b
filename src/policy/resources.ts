import { type ArnPattern, arnPattern } from "./arn-pattern.ts";
import type { Lookup } from "./variables.ts";

/** Does the ARN (or "*") of the question match the statement's resources? */
export type ResourceMatcher = (resource: string, lookup: Lookup) => boolean;

const everything = (value: string): boolean => /^\*+$/.test(value);

/** Where AWS authorises on nothing, the resource is "*", and only "*" speaks of it. */
function compiled(values: readonly string[], variables: boolean): ArnPattern[] {
  return values.map((value) => {
    if (everything(value)) return () => true;
    const pattern = arnPattern(value, variables, 5);
    return (resource, lookup) => resource !== "*" && pattern(resource, lookup);
  });
}

export function compileResources(values: readonly string[], variables: boolean): ResourceMatcher {
  if (values.some(everything)) return () => true;
  const patterns = compiled(values, variables);
  return (resource, lookup) => patterns.some((pattern) => pattern(resource, lookup) === true);
}

/**
 * Everything but these. A variable without a value leaves it open what the author meant to leave out: an Allow then
 * allows nothing, a Deny denies (`Differs:` undocumented at AWS).
 */
export function compileOtherResources(
  values: readonly string[],
  variables: boolean,
  effect: "Allow" | "Deny",
): ResourceMatcher {
  const patterns = compiled(values, variables);
  return (resource, lookup) => {
    const held = patterns.map((pattern) => pattern(resource, lookup));
    if (held.includes(true)) return false;
    return effect === "Deny" || !held.includes(undefined);
  };
}
