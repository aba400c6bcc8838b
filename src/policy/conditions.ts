import { PolicyGrammarError, type WrittenStatement } from "./grammar.ts";
import { operators } from "./operators.ts";
import type { Lookup } from "./variables.ts";

export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
  holds(lookup: Lookup): boolean;
}

/** One line of a Condition block: operator, key, values. Throws PolicyGrammarError. */
export function compileCondition(
  { operator, key, values }: WrittenStatement["Condition"][number],
  variables: boolean,
): Condition {
  const [, set = "", name = ""] = /^(?:(ForAllValues|ForAnyValue):)?(.+)$/i.exec(operator) ?? [];
  const lower = key.toLowerCase();
  if (name.toLowerCase() === "null") {
    const wantAbsent = values.some((value) => value.toLowerCase() === "true");
    return { operator, key, values, holds: (lookup) => (lookup(lower) === undefined) === wantAbsent };
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
      const actual = lookup(lower);
      if (actual === undefined) return ifExists || quantifier === "forallvalues" || (quantifier === "" && negated);
      if (quantifier === "") return typeof actual === "string" && one(actual, lookup);
      const list = typeof actual === "string" ? [actual] : actual;
      return quantifier === "forallvalues"
        ? list.every((item) => one(item, lookup))
        : list.some((item) => one(item, lookup));
    },
  };
}
