import type { Because, Context, PolicyType, Question } from "./decision.ts";
import { decide } from "./decide.ts";
import { type Considered, explain } from "./explain.ts";
import { type Remedy, remedies } from "./remedies.ts";

/** Why a call was decided as it was, as far as an account may know. */
export interface Explanation {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  readonly because: Because;
  readonly considered: readonly Considered[];
  /** All of these together would allow it; absent when no policy can. */
  readonly wouldAllow?: readonly Remedy[];
  /** The other account's half is its own. */
  readonly note?: string;
  readonly context: Readonly<Record<string, Seen>>;
}

const ofResource: ReadonlySet<PolicyType> = new Set<PolicyType>([
  "resource-based policy",
  "role trust policy",
  "resource control policy",
  "grant",
]);
const ofOrganization: ReadonlySet<PolicyType> = new Set<PolicyType>([
  "service control policy",
  "resource control policy",
]);

/** The kinds of policies of the decision that the account may read. */
export function shownTo(account: string, { caller, resourceAccount }: Question): (type: PolicyType) => boolean {
  if (caller.account === resourceAccount) return () => true;
  return caller.account === account ? (type) => !ofResource.has(type) : (type) => ofResource.has(type);
}

/** What conditions saw, as far as the account may know. */
export function contextFor(account: string, { caller, resourceAccount, context }: Question): Record<string, Seen> {
  const within = caller.account === resourceAccount;
  return seen(within ? context : without(context, caller.account === account ? ofTheResource : ofTheCaller));
}

type Seen = string | readonly string[];
const seen = (context: Context): Record<string, Seen> =>
  Object.fromEntries([...context.keys()].map((name) => [name, context.get(name) ?? ""]));

export const isOrganizations = (type: PolicyType): boolean => ofOrganization.has(type);

/** The whole of it within one account; across accounts each account's own half. */
export function explanationFor(account: string, question: Question): Explanation {
  const { caller, resourceAccount } = question;
  if (caller.account === resourceAccount) return explanationOf(question, () => true);
  return caller.account === account ? callerHalf(question) : resourceHalf(question);
}

function explanationOf(question: Question, shows: (type: PolicyType) => boolean, note?: string): Explanation {
  const { caller, action, resource } = question;
  const { because, allowed } = decide(question);
  const wouldAllow = remedies(question);
  return {
    principal: caller.arn,
    action,
    resource,
    allowed,
    because,
    considered: explain(question)
      .filter(({ type }) => shows(type))
      // An organization's policies are read by its management account alone; which one it was the denial says.
      .map((one) => (ofOrganization.has(one.type) ? { ...one, conditions: [] } : one)),
    ...(wouldAllow && { wouldAllow: wouldAllow.filter(({ type }) => shows(type)) }),
    ...(note !== undefined && { note }),
    context: seen(question.context),
  };
}

/** As if the resource's account had said yes: what it says is not told, nor whether there is such a resource. */
function callerHalf(question: Question): Explanation {
  const {
    resourcePolicy: _,
    resourceControl: _control,
    grants: _grants,
    identityOnlyContext: _own,
    ...rest
  } = question;
  const told = decide(question).because;
  const mine = { ...rest, context: without(question.context, ofTheResource) };
  const grants = question.trust === "identity" ? [] : [{ name: "the other account's yes", match: "account" as const }];
  const half = explanationOf(
    { ...mine, resource: question.namedBy ?? question.resource, grants },
    (type) => !ofResource.has(type),
    "The resource belongs to another account: its policies must allow the call too, and are that account's to read.",
  );
  // What said no on this side only because of something of the resource's is not told either.
  const because: Because =
    ofResource.has(told.type) || half.allowed
      ? { effect: "implicit deny", type: "resource-based policy" }
      : half.because;
  return { ...half, allowed: false, because };
}

/** What the context tells of the resource is its account's, … */
const ofTheResource = /^(aws:resource|kms:(key|multiregion|customermaster))/;
/** … and what it tells of the caller beside its name the caller's. */
const ofTheCaller =
  /^aws:(principaltag|principalorg|userid|username|useragent|source|multifactor|tokenissue|calledvia)/;

const without = (context: Context, theirs: RegExp): Context =>
  new Map([...context.keys()].filter((name) => !theirs.test(name)).map((name) => [name, context.get(name) ?? ""]));

function resourceHalf(question: Question): Explanation {
  const half = explanationOf(
    question,
    (type) => ofResource.has(type),
    "The caller is of another account: its own policies must allow the call too, and are that account's to read.",
  );
  const because: Because = ofResource.has(half.because.type)
    ? half.because
    : { effect: "implicit deny", type: half.because.type };
  const context = Object.entries(half.context).filter(([name]) => !ofTheCaller.test(name));
  return { ...half, because, context: Object.fromEntries(context) };
}
