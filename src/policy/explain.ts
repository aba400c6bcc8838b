import type { PolicySource, PolicyType, Question } from "./decision.ts";
import { holds, names, ownLookup, sharedLookup } from "./statements.ts";
import type { Lookup } from "./variables.ts";

/** One statement that is about the action, and what became of it. */
export interface Considered {
  readonly type: PolicyType;
  readonly policy: string;
  readonly statement: string;
  readonly effect: "Allow" | "Deny";
  readonly applies: boolean;
  readonly principal: boolean;
  readonly resource: boolean;
  readonly conditions: readonly {
    operator: string;
    key: string;
    values: readonly string[];
    saw: unknown;
    holds: boolean;
  }[];
}

/** The second pass, for people: every statement about the action in every policy that took part. */
export function explain(question: Question): Considered[] {
  const { authority } = question;
  const own = ownLookup(question);
  const shared = sharedLookup(question);
  const look = (sources: readonly PolicySource[] | undefined, type: PolicyType, lookup: Lookup) =>
    (sources ?? []).flatMap((source) => considered(question, source, type, lookup));
  return [
    ...look(
      question.resourcePolicy && [question.resourcePolicy],
      question.trust === "trust" ? "role trust policy" : "resource-based policy",
      shared,
    ),
    ...look(authority.identity, "identity-based policy", own),
    ...look(authority.boundary && [authority.boundary], "permissions boundary", own),
    ...look(authority.session, "session policy", own),
    ...look(authority.serviceControl?.flat(), "service control policy", own),
    ...look(question.resourceControl, "resource control policy", shared),
  ];
}

function considered(question: Question, source: PolicySource, type: PolicyType, lookup: Lookup): Considered[] {
  return source.policy.about(question.action).map((statement) => {
    const principal = names(statement, question);
    const resource = statement.resource(question.resource, lookup);
    return {
      type,
      policy: source.name,
      statement: statement.name,
      effect: statement.effect,
      applies: principal && resource && holds(statement, lookup),
      principal,
      resource,
      conditions: statement.conditions.map((condition) => ({
        operator: condition.operator,
        key: condition.key,
        values: condition.values,
        saw: lookup(condition.key.toLowerCase()) ?? null,
        holds: condition.holds(lookup),
      })),
    };
  });
}
