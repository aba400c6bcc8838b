import type { Statement } from "./compile.ts";
import type { Because, PolicySource, PolicyType, Question } from "./decision.ts";
import type { Lookup } from "./variables.ts";

export function firstDeny(
  sources: readonly PolicySource[] | undefined,
  type: PolicyType,
  question: Question,
  lookup: Lookup,
): Because | undefined {
  return firstStatement("Deny", sources ?? [], type, question, lookup);
}

export function firstAllow(
  sources: readonly PolicySource[],
  type: PolicyType,
  question: Question,
  lookup: Lookup,
): Because | undefined {
  return firstStatement("Allow", sources, type, question, lookup);
}

function firstStatement(
  effect: Statement["effect"],
  sources: readonly PolicySource[],
  type: PolicyType,
  question: Question,
  lookup: Lookup,
): Because | undefined {
  for (const source of sources)
    for (const statement of source.policy.about(question.action))
      if (
        statement.effect === effect &&
        names(statement, question) &&
        statement.resource(question.resource, lookup) &&
        holds(statement, lookup)
      )
        return because(effect === "Deny" ? "explicit deny" : "allow", type, source, statement);
  return undefined;
}

/**
 * Does the statement concern the caller? NotPrincipal with Deny exempts whoever is listed as session, role, user or
 * account, but nobody who has a permissions boundary (iam.md, section 1.1).
 */
export function names({ principal, notPrincipal }: Statement, { caller, authority }: Question): boolean {
  if (notPrincipal) return authority.boundary !== undefined || notPrincipal(caller) === undefined;
  return principal === undefined || principal(caller) !== undefined;
}

export function holds({ conditions }: Statement, lookup: Lookup): boolean {
  for (const condition of conditions) if (!condition.holds(lookup)) return false;
  return true;
}

export function because(
  effect: Because["effect"],
  type: PolicyType,
  source: PolicySource,
  statement: Statement,
): Because {
  const named = { effect, type, policy: source.name, statement: statement.name };
  return source.arn === undefined ? named : { ...named, arn: source.arn };
}

/** What resource policies see. */
export const sharedLookup =
  ({ context }: Question): Lookup =>
  (name) =>
    context.get(name);

/** What the caller's own policies see: some keys are theirs alone (kms:ResourceAliases). */
export const ownLookup = ({ context, identityOnlyContext }: Question): Lookup =>
  identityOnlyContext ? (name) => context.get(name) ?? identityOnlyContext.get(name) : (name) => context.get(name);
