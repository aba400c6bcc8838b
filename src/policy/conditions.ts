import { PolicyGrammarError, type WrittenStatement } from "./grammar.ts";
import { operators } from "./operators.ts";
import type { Lookup } from "./variables.ts";
import { lowerName } from "./lower-name.ts";

export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
  holds(lookup: Lookup): boolean;
}

/** Names whose letter case does not count: one asked for in several spellings comes as a list. */
const spelled = /^(kms:encryptioncontext:|aws:(request|resource|principal)tag\/)/;

/** One line of a Condition block: operator, key, values. Throws PolicyGrammarError. */
export function compileCondition(
  { operator, key, values }: WrittenStatement["Condition"][number],
  variables: boolean,
  effect: "Allow" | "Deny",
): Condition {
  const [, set = "", name = ""] = /^(?:(ForAllValues|ForAnyValue):)?(.+)$/i.exec(operator) ?? [];
  const lower = lowerName(key);
  if (lowerName(name) === "null") {
    const wanted = values.map((value) => value.toLowerCase());
    const holds = (lookup: Lookup) => wanted.includes(String(present(lookup(lower)) === undefined));
    return { operator, key, values, holds };
  }
  const ifExists = /ifexists$/i.test(name);
  const found = operators.get((ifExists ? name.slice(0, -"IfExists".length) : name).toLowerCase());
  if (!found) throw new PolicyGrammarError(`"${operator.slice(0, 64)}" is no condition operator`);
  const comparisons = values.map((value) => found.compile(value, variables));
  const badValue = comparisons.indexOf(undefined);
  if (badValue >= 0) throw new PolicyGrammarError(`"${values[badValue]?.slice(0, 64)}" is not a value for ${operator}`);
  const { negated } = found;
  // Any of the values for a positive operator, none of them for a negated one.
  const one = (actual: string, lookup: Lookup) => comparisons.some((holds) => holds!(actual, lookup)) !== negated;
  const quantifier = set.toLowerCase();
  return {
    operator,
    key,
    values,
    holds: (lookup) => {
      const actual = present(lookup(lower));
      if (actual === undefined) return ifExists || quantifier === "forallvalues" || (quantifier === "" && negated);
      if (typeof actual === "string" && quantifier !== "forallvalues") return one(actual, lookup);
      const list = typeof actual === "string" ? [actual] : actual;
      // A list and an operator for one value do not match (iam.md, section 1.4). The spellings of one name are no
      // list: all of them must please an Allow, any of them is enough for a Deny.
      if (quantifier === "" && !spelled.test(lower)) return false;
      return quantifier === "forallvalues" || (quantifier === "" && effect === "Allow")
        ? list.every((item) => one(item, lookup))
        : list.some((item) => one(item, lookup));
    },
  };
}

/** An empty list is no value. */
const present = (value: ReturnType<Lookup>): ReturnType<Lookup> =>
  typeof value === "object" && value.length === 0 ? undefined : value;
