import type { Statement } from "./compile.ts";
import { type Because, Decision, type PolicySource, type PolicyType, type Question } from "./decision.ts";
import type { Match } from "./principals.ts";
import type { Lookup } from "./variables.ts";

/** What this program does for itself (rotation, deletion at its date) runs under a decision with a name. */
export const systemDecision = (name: string): Decision =>
  Decision.make(true, `system:${name}`, "*", {
    effect: "allow",
    type: "identity-based policy",
    policy: `system:${name}`,
  });

/**
 * The procedure of iam.md, section 1.1: an explicit deny anywhere is a no; then the trust rule of the resource says
 * whose yes is needed.
 */
export function decide(question: Question): Decision {
  const because = reason(question);
  return Decision.make(because.effect === "allow", question.action, question.resource, because);
}

function reason(question: Question): Because {
  const { authority, trust } = question;
  const own = ownLookup(question);
  const shared = sharedLookup(question);
  const resourceType: PolicyType = trust === "trust" ? "role trust policy" : "resource-based policy";
  const denied =
    firstDeny(authority.serviceControl?.flat(), "service control policy", question, own) ??
    firstDeny(question.resourceControl, "resource control policy", question, shared) ??
    firstDeny(question.resourcePolicy && [question.resourcePolicy], resourceType, question, shared) ??
    firstDeny(authority.identity, "identity-based policy", question, own) ??
    firstDeny(authority.boundary && [authority.boundary], "permissions boundary", question, own) ??
    firstDeny(authority.session, "session policy", question, own);
  if (denied) return denied;
  const side = callerSide(question, own);
  if (side.control) return side.control;
  const resource = resourceYes(question, shared, resourceType);
  // A service has no policies of its own: what the resource says of it is all there is.
  if (question.caller.account !== question.resourceAccount && question.caller.kind !== "service")
    return acrossAccounts(question, side, resource, resourceType);
  if (trust === "identity") return first(side.identity, side.boundary, side.session) ?? side.yes;
  return withinAccount(trust, side, resource, resourceType);
}

/** What the caller's own policies say, each part a reason when it does not allow. */
interface CallerSide {
  readonly control: Because | undefined;
  readonly identity: Because | undefined;
  readonly boundary: Because | undefined;
  readonly session: Because | undefined;
  readonly yes: Because;
}

function callerSide(question: Question, lookup: Lookup): CallerSide {
  const { caller, authority } = question;
  const allows = (sources: readonly PolicySource[], type: PolicyType) => firstAllow(sources, type, question, lookup);
  const lacks = (sources: readonly PolicySource[] | undefined, type: PolicyType) =>
    sources === undefined || allows(sources, type) ? undefined : implicit(type);
  // The account's root user needs no identity policy; a service principal has none and is named by the resource.
  const identity = caller.kind === "root" ? rootYes : allows(authority.identity, "identity-based policy");
  const control = authority.serviceControl?.find((level) => !allows(level, "service control policy"));
  return {
    control: control && implicit("service control policy"),
    identity: identity ? undefined : implicit("identity-based policy"),
    boundary: lacks(authority.boundary && [authority.boundary], "permissions boundary"),
    session: lacks(authority.session, "session policy"),
    yes: identity ?? implicit("identity-based policy"),
  };
}

const rootYes: Because = { effect: "allow", type: "identity-based policy", policy: "root of the account" };

/** The resource's yes by strength of match; grants count like a statement that names their grantee. */
type ResourceYes = Partial<Record<Match, Because>>;

function resourceYes(question: Question, lookup: Lookup, type: PolicyType): ResourceYes {
  const yes: ResourceYes = {};
  const { resourcePolicy, caller, action, resource } = question;
  for (const statement of resourcePolicy?.policy.about(action) ?? []) {
    if (statement.effect !== "Allow" || !statement.resource(resource, lookup)) continue;
    const match = statement.notPrincipal
      ? statement.notPrincipal(caller)
        ? undefined
        : "direct"
      : statement.principal?.(caller);
    if (match === undefined || yes[match] || !holds(statement, lookup)) continue;
    yes[match] = because("allow", type, resourcePolicy!, statement);
  }
  for (const { name, match } of question.grants ?? []) yes[match] ??= { effect: "allow", type: "grant", policy: name };
  return yes;
}

/** In one account: a direct yes is enough; a role's must pass boundary and session; the account's only delegates. */
function withinAccount(trust: Question["trust"], side: CallerSide, yes: ResourceYes, type: PolicyType): Because {
  if (yes.direct) return yes.direct;
  const limits = first(side.boundary, side.session);
  if (yes.role && !limits) return yes.role;
  const mine = first(side.identity, side.boundary, side.session);
  if (!mine && (yes.account || trust === "either"))
    return side.yes.effect === "allow" && trust === "either" ? side.yes : (yes.account ?? side.yes);
  if (yes.role) return limits ?? implicit(type);
  if (yes.account || trust === "either") return mine ?? implicit("identity-based policy");
  return implicit(type);
}

/** Across accounts both sides must say yes; a grant alone is enough on the caller's side (iam.md 1.1, assumption). */
function acrossAccounts({ trust }: Question, side: CallerSide, yes: ResourceYes, type: PolicyType): Because {
  const given = yes.direct ?? yes.role ?? yes.account;
  if (trust === "identity" || !given) return implicit(trust === "identity" ? "identity-based policy" : type);
  // A grant to an account leaves it to that account to say who in it.
  if (given.type === "grant" && given !== yes.account) return first(side.boundary, side.session) ?? given;
  return first(side.identity, side.boundary, side.session) ?? given;
}

const first = (...reasons: (Because | undefined)[]): Because | undefined => reasons.find((one) => one !== undefined);
const implicit = (type: PolicyType): Because => ({ effect: "implicit deny", type });

function firstDeny(
  sources: readonly PolicySource[] | undefined,
  type: PolicyType,
  question: Question,
  lookup: Lookup,
): Because | undefined {
  return firstStatement("Deny", sources ?? [], type, question, lookup);
}

function firstAllow(
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

function because(effect: Because["effect"], type: PolicyType, source: PolicySource, statement: Statement): Because {
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
