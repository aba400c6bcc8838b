/** `*` and `?` in a compiled pattern; every other element is a UTF-16 code unit. */
export const anyRun = -1;
export const anyOne = -2;

/** A pattern ready to be matched. Text that a variable put in is literal, whatever it holds. */
export type Glob = readonly number[];

export function literal(text: string, into: number[] = []): number[] {
  for (let index = 0; index < text.length; index++) into.push(text.charCodeAt(index));
  return into;
}

export function glob(text: string, into: number[] = []): number[] {
  for (const char of literal(text)) {
    if (char !== star) into.push(char === question ? anyOne : char);
    // Two stars in a row are one.
    else if (into.at(-1) !== anyRun) into.push(anyRun);
  }
  return into;
}

const star = 0x2a;
const question = 0x3f;

/** The steps that the matches of one decision may take: beyond them it fails, and a failed decision is a no. */
export const stepsMost = 20_000_000;

let stepsTaken = 0;

/** A decision begins. (A decision is synchronous: there is one at a time.) */
export const startCounting = (): void => {
  stepsTaken = 0;
};

/** Thrown when a policy and a value together would take too long. Never caught by a decision. */
export class PolicyTooCostly extends Error {}

/**
 * Two pointers and the place of the last star: at most pattern × text steps, no recursion, no RegExp. (A pattern of
 * three stars turned into a RegExp can take half a minute on 400 characters: iam.md, section 1.4.)
 */
export function matches(pattern: Glob, text: string): boolean {
  if (pattern.length === 1 && pattern[0] === anyRun) return true;
  let at = 0;
  let place = 0;
  let starAt = -1;
  let resume = 0;
  while (place < text.length) {
    if (++stepsTaken > stepsMost) throw new PolicyTooCostly("a policy pattern takes too long to match");
    const want = pattern[at];
    if (want === anyRun) {
      starAt = at++;
      resume = place;
    } else if (want !== undefined && (want === anyOne || want === text.charCodeAt(place))) {
      at += 1;
      place += 1;
    } else if (starAt >= 0) {
      at = starAt + 1;
      place = ++resume;
    } else return false;
  }
  while (pattern[at] === anyRun) at += 1;
  return at === pattern.length;
}
