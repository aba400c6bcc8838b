import type { Ask, Call } from "../operation.ts";
import type { Authority, PolicySource, Question } from "../policy/decision.ts";
import type { CallerFacts } from "./caller.ts";
import { CallContext } from "./condition-keys.ts";
import { type Membership, membershipOf } from "./organization.ts";

/** An operation's ask, together with who asks and what every call carries, as the question that policy/ answers. */
export function questionOf(ask: Ask, call: Call, service: string): Question {
  const { grants: _later, ...asked } = ask;
  const { facts, authority } = call.caller;
  const context = new CallContext(call, ask, service);
  const mine = membershipOf(facts.account, call);
  const theirs = ask.resourceAccount === facts.account ? mine : membershipOf(ask.resourceAccount, call);
  const question = { ...asked, caller: facts, authority: controlled(authority, facts, mine), context };
  const resourceControl = theirs && controlOfResource(ask, facts, theirs, mine);
  return resourceControl ? { ...question, resourceControl } : question;
}

const serviceLinked = ({ principalArn }: CallerFacts): boolean => principalArn.includes(":role/aws-service-role/");

/** Service-linked roles and services are not bound by their organization's policies. */
function controlled(authority: Authority, facts: CallerFacts, mine: Membership | undefined): Authority {
  const serviceControl = mine?.controls.SERVICE_CONTROL_POLICY;
  if (!serviceControl || facts.kind === "service" || facts.kind === "web-identity" || serviceLinked(facts))
    return authority;
  return { ...authority, serviceControl };
}

/** What the organization of the resource's account says of it. Its ARNs are told to its own members alone. */
function controlOfResource(
  ask: Ask,
  facts: CallerFacts,
  theirs: Membership,
  mine: Membership | undefined,
): readonly PolicySource[] | undefined {
  const sources = theirs.controls.RESOURCE_CONTROL_POLICY?.flat();
  if (!sources || ask.trust === "identity" || ask.managedByService || serviceLinked(facts)) return undefined;
  return mine?.organizationId === theirs.organizationId
    ? sources
    : sources.map(({ name, policy }) => ({ name, policy }));
}
