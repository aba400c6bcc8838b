import type { Constraint } from "./table.ts";

/** One limit of the model: AWS's sentence for it, and whether a typed value keeps it. */
export interface Rule {
  readonly sentence: string;
  holds(value: unknown): boolean;
}

const lengthOf = (value: unknown): number => (value as string | Buffer).length;

/** Length of a string or blob, or what `size` counts. */
export function lengthRules(limits: Constraint | undefined, size: (value: unknown) => number): Rule[] {
  const { min, max } = limits ?? {};
  const rules: Rule[] = [];
  if (max !== undefined)
    rules.push({
      sentence: `Member must have length less than or equal to ${max}`,
      holds: (value) => size(value) <= max,
    });
  if (min !== undefined && min > 0)
    rules.push({
      sentence: `Member must have length greater than or equal to ${min}`,
      holds: (value) => size(value) >= min,
    });
  return rules;
}

/** In AWS's order: maximum, minimum, enumeration, pattern. */
export function simpleRules(type: string, limits: Constraint | undefined): Rule[] {
  if (limits === undefined) return [];
  const { min, max, pattern } = limits;
  if (type === "n") {
    const rules: Rule[] = [];
    if (max !== undefined)
      rules.push({
        sentence: `Member must have value less than or equal to ${max}`,
        holds: (value) => Number(value) <= max,
      });
    if (min !== undefined)
      rules.push({
        sentence: `Member must have value greater than or equal to ${min}`,
        holds: (value) => Number(value) >= min,
      });
    return rules;
  }
  const rules = lengthRules(limits, lengthOf);
  if (limits.enum) {
    const allowed = new Set<unknown>(limits.enum);
    rules.push({
      sentence: `Member must satisfy enum value set: [${limits.enum.join(", ")}]`,
      holds: (value) => allowed.has(value),
    });
  }
  if (pattern !== undefined) {
    const expression = limits.expression ?? pattern;
    const whole = new RegExp(`^(?:${expression})$`, expression.includes("\\p{") ? "u" : "");
    // Differs: a value that is too long is not matched as well, so that the work is bounded; AWS reports both.
    rules.push({
      sentence: `Member must satisfy regular expression pattern: ${pattern}`,
      holds: (value) => (max !== undefined && lengthOf(value) > max) || whole.test(value as string),
    });
  }
  return rules;
}
