import { type Because, Decision, type PolicySource, type PolicyType, type Question } from "./decision.ts";
import { startCounting } from "./glob.ts";
import type { Match } from "./principals.ts";
import { because, firstAllow, firstDeny, holds, ownLookup, sharedLookup } from "./statements.ts";
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
  startCounting();
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
  const limits = first(side.boundary, side.session);
  const across = question.caller.kind !== "service" && question.caller.account !== question.resourceAccount;
  if (trust === "identity") return across ? implicit("identity-based policy") : (side.identity ?? limits ?? side.yes);
  if (across && question.withinAccount) return implicit(resourceType);
  const granted = grantYes(question, across, side, limits);
  if (granted) return granted;
  const given = resourceYes(question, shared, resourceType);
  // A service has no policies of its own: the resource alone says yes.
  if (question.caller.kind === "service") return given.direct ?? implicit(resourceType);
  if (across) return acrossAccounts(given, side, limits, resourceType);
  return withinAccount(trust, given, side, limits, resourceType);
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
  const identity = isRoot(caller) ? rootYes : allows(authority.identity, "identity-based policy");
  const control = authority.serviceControl?.find((level) => !allows(level, "service control policy"));
  return {
    control: control && implicit("service control policy"),
    identity: identity ? undefined : implicit("identity-based policy"),
    boundary: lacks(authority.boundary && [authority.boundary], "permissions boundary"),
    session: lacks(authority.session, "session policy"),
    yes: identity ?? implicit("identity-based policy"),
  };
}

/** A session that the root user federated is the root user's, within its session policy. */
const isRoot = ({ kind, uniqueId, account }: Question["caller"]): boolean =>
  kind === "root" || (kind === "federated-user" && uniqueId === account);

const rootYes: Because = { effect: "allow", type: "identity-based policy", policy: "root of the account" };

/** The resource policy's yes by strength of match. */
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
  return yes;
}

/**
 * A grant counts like a statement that names its grantee in the same form. Across accounts it stands for the identity
 * policy too, not for boundary and session; a grant to an account delegates (iam.md, section 1.1: assumptions).
 */
function grantYes(
  { grants = [] }: Question,
  across: boolean,
  side: CallerSide,
  limits: Because | undefined,
): Because | undefined {
  for (const { name, match } of grants) {
    const lacks = match === "account" ? (side.identity ?? limits) : match === "role" || across ? limits : undefined;
    if (!lacks) return { effect: "allow", type: "grant", policy: name };
  }
  return undefined;
}

/** In one account: a direct yes is enough; a role's must pass boundary and session; the account's only delegates. */
function withinAccount(
  trust: Question["trust"],
  given: ResourceYes,
  side: CallerSide,
  limits: Because | undefined,
  type: PolicyType,
): Because {
  if (given.direct) return given.direct;
  if (given.role) return limits ?? given.role;
  if (trust === "either") return side.identity ?? limits ?? side.yes;
  return given.account ? (side.identity ?? limits ?? given.account) : implicit(type);
}

/** Across accounts both sides must say yes. */
function acrossAccounts(given: ResourceYes, side: CallerSide, limits: Because | undefined, type: PolicyType): Because {
  const yes = given.direct ?? given.role ?? given.account;
  return yes ? (side.identity ?? limits ?? yes) : implicit(type);
}

const first = (...reasons: (Because | undefined)[]): Because | undefined => reasons.find((one) => one !== undefined);
const implicit = (type: PolicyType): Because => ({ effect: "implicit deny", type });
