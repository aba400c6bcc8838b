import { glob, type Glob, literal } from "./glob.ts";
import { lowerName } from "./lower-name.ts";

/** How conditions and variables see the call: lower-case names. */
export type Lookup = (name: string) => string | readonly string[] | undefined;

/** A value of a policy, perhaps with variables: `arn:…/${aws:username}/*`. Undefined when a variable has no value. */
export type Template = (lookup: Lookup) => Glob | undefined;

type Part = Glob | { readonly variable: string; readonly otherwise: string | undefined };

const pieces = /\$\{([^{}]{0,512})\}/g;

/**
 * `wild`: `*` and `?` are wildcards outside variables. `variables`: `${…}` is replaced (policies of Version
 * 2012-10-17 only); `${*}`, `${?}` and `${$}` are those characters, `${key, 'x'}` has a default.
 */
export function template(text: string, { wild, variables }: { wild: boolean; variables: boolean }): Template {
  const plain = (piece: string) => (wild ? glob(piece) : literal(piece));
  if (!variables || !text.includes("${")) {
    const fixed = plain(text);
    return () => fixed;
  }
  const parts: Part[] = [];
  let at = 0;
  for (const found of text.matchAll(pieces)) {
    parts.push(plain(text.slice(at, found.index)), variable(found[1] ?? ""));
    at = found.index + found[0].length;
  }
  parts.push(plain(text.slice(at)));
  return (lookup) => substituted(parts, lookup);
}

function variable(inside: string): Part {
  if (inside === "*" || inside === "?" || inside === "$") return literal(inside);
  const comma = inside.indexOf(",");
  const name = lowerName((comma < 0 ? inside : inside.slice(0, comma)).trim());
  const otherwise = comma < 0 ? undefined : /^\s*'(.*)'\s*$/s.exec(inside.slice(comma + 1))?.[1];
  return { variable: name, otherwise };
}

function substituted(parts: readonly Part[], lookup: Lookup): Glob | undefined {
  const codes: number[] = [];
  for (const part of parts) {
    if (!("variable" in part)) {
      for (const code of part) codes.push(code);
      continue;
    }
    const value = lookup(part.variable) ?? part.otherwise;
    // Only keys with a single value can be variables.
    if (typeof value !== "string") return undefined;
    literal(value, codes);
  }
  return codes;
}
