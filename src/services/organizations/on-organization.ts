import { refuse } from "../../errors.ts";
import type { Organization, OrganizationPolicy, OrganizationTarget } from "../../identity/organization.ts";
import type { Ask, Call, Operation, Outcome } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";

/** The organization of the caller's account, for whom an operation works. */
export interface Managed {
  readonly organization: Entity<Organization>;
  /** The root of its tree. */
  readonly root: Entity<OrganizationTarget>;
}

interface Peculiar<I> {
  readonly name: string;
  readonly readOnly?: true;
  /** Members may ask too (DescribeOrganization). */
  readonly members?: true;
  /** What is acted on, for the question; "*" when it is left out. */
  resource?(input: I, managed: Managed): string;
  run(input: I, managed: Managed, call: Call): Outcome<unknown>;
}

export function read<T>(kind: string, id: string, call: Call): Entity<T> | undefined {
  call.used.push(reference.row(kind, id));
  return call.entities.get<T>(kind, id);
}

/** An operation of the management account on its organization. */
export function onOrganization<I extends object>(peculiar: Peculiar<I>): Operation<I, unknown, Managed> {
  return {
    name: peculiar.name,
    readOnly: peculiar.readOnly ?? false,
    requestParameters: recorded,
    find: (_input, call) => {
      const { account } = call.caller.facts;
      const member = read<OrganizationTarget>("organization-target", account, call);
      const organization = member && read<Organization>("organization", member.content.organizationId, call);
      const root = organization && read<OrganizationTarget>("organization-target", organization.content.rootId, call);
      if (!root) return notInUse();
      if (organization.content.managementAccount !== account && !peculiar.members) return notAllowed();
      return { organization, root };
    },
    asks: (input, managed, call) => [ask(peculiar.name, call, peculiar.resource?.(input, managed))],
    run: (input, managed, call) => peculiar.run(input, managed, call),
  };
}

export const ask = (name: string, call: Call, resource = "*"): Ask => ({
  action: `organizations:${name}`,
  resource,
  resourceAccount: call.caller.facts.account,
  trust: "identity",
  context: new Map(),
});

/** CloudTrail's requestParameters: the input with its members' first letters small. */
export const recorded = (input: object): object | null => {
  const entries = Object.entries(input).map(([name, value]) => [(name[0] ?? "").toLowerCase() + name.slice(1), value]);
  return entries.length === 0 ? null : Object.fromEntries(entries);
};

export const notInUse = (): never =>
  refuse("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.");
export const notAllowed = (): never =>
  refuse("AccessDeniedException", "You don't have permissions to access this resource.");

/** A target of this organization; undefined for another's. */
export function findTarget(id: string, { organization }: Managed, call: Call): Entity<OrganizationTarget> | undefined {
  const target = read<OrganizationTarget>("organization-target", id, call);
  return target?.content.organizationId === organization.content.id ? target : undefined;
}

/** Throws PolicyNotFoundException. AWS's own policies are not rows. */
export function findPolicy(id: string, { organization }: Managed, call: Call): Entity<OrganizationPolicy> {
  const policy = read<OrganizationPolicy>("organization-policy", id, call);
  if (policy?.content.organizationId === organization.content.id) return policy;
  return refuse("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.");
}

export const arnOf = ({ organization }: Managed, kind: string, id: string): string =>
  `arn:aws:organizations::${organization.content.managementAccount}:${kind}/${organization.content.id}/${id}`;
