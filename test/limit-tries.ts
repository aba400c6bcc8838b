import type { Constraint } from "../src/wire/table.ts";
import { simpleRules } from "../src/wire/validate.ts";

export interface Try {
  readonly value: unknown;
  /** What is wrong with it; undefined for a value at the limit. */
  readonly sentence?: string;
}

const length = (what: string, limit: number): string => `Member must have length ${what} than or equal to ${limit}`;

/** Values at and beyond the limits of one member; a text that its pattern would refuse anyway is not tried. */
export function triesOf(type: unknown, limits: Constraint): Try[] {
  const { min, max } = limits;
  const tries: Try[] = [];
  if (type === "n") {
    if (min !== undefined)
      tries.push(
        { value: min },
        { value: min - 1, sentence: `Member must have value greater than or equal to ${min}` },
      );
    if (max !== undefined)
      tries.push({ value: max }, { value: max + 1, sentence: `Member must have value less than or equal to ${max}` });
    return tries;
  }
  if (type !== "s" && type !== "B") return tries;
  const sized = (size: number): string => (type === "B" ? Buffer.alloc(size, 97).toString("base64") : "a".repeat(size));
  if (limits.enum)
    return [
      { value: limits.enum[0] },
      { value: "NO_SUCH", sentence: `Member must satisfy enum value set: [${limits.enum.join(", ")}]` },
    ];
  if (max !== undefined) tries.push({ value: sized(max) }, { value: sized(max + 1), sentence: length("less", max) });
  if (min !== undefined && min > 0)
    tries.push({ value: sized(min) }, { value: sized(min - 1), sentence: length("greater", min) });
  const fits = (value: unknown): boolean => type === "B" || simpleRules("s", limits).every((rule) => rule.holds(value));
  const kept = tries.filter(({ value, sentence }) => sentence !== undefined || fits(value));
  if (limits.pattern !== undefined)
    kept.push({
      value: "\u{1F511}\u{1F511}\u{1F511}\u{1F511}\u{1F511}",
      sentence: `Member must satisfy regular expression pattern: ${limits.pattern}`,
    });
  return kept;
}
