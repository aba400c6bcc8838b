import type { PolicySource, PolicyType, Question } from "./decision.ts";
import { startCounting } from "./glob.ts";
import { holds, names, ownLookup, sharedLookup } from "./statements.ts";
import type { Lookup } from "./variables.ts";
import { lowerName } from "./lower-name.ts";

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

/** A policy that took part. */
export interface Participant {
  readonly type: PolicyType;
  readonly source: PolicySource;
}

/** Every policy that took part, the resource's first. */
export function participants({ authority, resourcePolicy, resourceControl, trust }: Question): Participant[] {
  const of = (type: PolicyType, sources: readonly (PolicySource | undefined)[] = []) =>
    sources.flatMap((source) => (source ? [{ type, source }] : []));
  return [
    ...of(trust === "trust" ? "role trust policy" : "resource-based policy", [resourcePolicy]),
    ...of("identity-based policy", authority.identity),
    ...of("permissions boundary", [authority.boundary]),
    ...of("session policy", authority.session),
    ...of("service control policy", authority.serviceControl?.flat()),
    ...of("resource control policy", resourceControl),
  ];
}

/** The second pass, for people: every statement about the action in every policy that took part. */
export function explain(question: Question): Considered[] {
  startCounting();
  const [own, shared] = [ownLookup(question), sharedLookup(question)];
  return participants(question).flatMap(({ type, source }) =>
    considered(question, source, type, ofResource.has(type) ? shared : own),
  );
}

const ofResource: ReadonlySet<PolicyType> = new Set<PolicyType>([
  "resource-based policy",
  "role trust policy",
  "resource control policy",
]);

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
        saw: lookup(lowerName(condition.key)) ?? null,
        holds: condition.holds(lookup),
      })),
    };
  });
}
