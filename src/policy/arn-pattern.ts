import { matches } from "./glob.ts";
import { type Lookup, template } from "./variables.ts";

/** True, false, or undefined when a variable of the pattern has no value. */
export type ArnPattern = (arn: string, lookup: Lookup) => boolean | undefined;

type Segment = (actual: string, lookup: Lookup) => boolean | undefined;

/**
 * Six segments, each matched on its own: a wildcard stays inside its colon segment, the last one takes the rest, and
 * a colon that a variable puts in separates nothing. A pattern with fewer segments is completed with "*".
 * `variablesFrom`: the first segment in which `${…}` is replaced (5: after the fifth colon).
 */
export function arnPattern(text: string, variables: boolean, variablesFrom: number): ArnPattern {
  const segments = split(text, variables && variablesFrom === 0).map((part, index) =>
    segment(part, variables && index >= variablesFrom),
  );
  return (arn, lookup) => {
    const actual = arnParts(arn);
    if (!actual) return false;
    for (let index = 0; index < segments.length; index++) {
      const held = segments[index]!(actual[index]!, lookup);
      if (held !== true) return held;
    }
    return true;
  };
}

/** At five colons at most; those inside `${…}` belong to a variable's name where there are variables. */
function split(text: string, variables: boolean): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length && parts.length < 5; at++) {
    if (variables && text.startsWith("${", at)) at = Math.max(at, text.indexOf("}", at));
    if (text[at] !== ":") continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return [...parts, text.slice(start)];
}

function segment(text: string, variables: boolean): Segment {
  if (/^\*+$/.test(text)) return () => true;
  if (!/[*?]/.test(text) && !(variables && text.includes("${"))) return (actual) => actual === text;
  const pattern = template(text, { wild: true, variables });
  return (actual, lookup) => {
    const expected = pattern(lookup);
    return expected && matches(expected, actual);
  };
}

/** One decision asks about one ARN over and over. */
let lastArn = "";
let lastParts: readonly string[] | undefined;

/** Undefined when there are fewer than six parts. */
function arnParts(arn: string): readonly string[] | undefined {
  if (arn === lastArn) return lastParts;
  const parts = arn.split(":", 5);
  const fifth = parts.reduce((length, part) => length + part.length + 1, 0);
  lastArn = arn;
  lastParts = parts.length === 5 && fifth <= arn.length ? [...parts, arn.slice(fifth)] : undefined;
  return lastParts;
}
