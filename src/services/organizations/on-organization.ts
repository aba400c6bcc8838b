import { recordedTime } from "../../clocks.ts";
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
    run: (input, managed, call) => {
      const outcome = peculiar.run(input, managed, call);
      // What a change answers is recorded, what is read is not.
      const told = peculiar.readOnly ? null : recorded(outcome.answer ?? {});
      return { ...outcome, responseElements: told };
    },
  };
}

export const ask = (name: string, call: Call, resource = "*"): Ask => ({
  action: `organizations:${name}`,
  resource,
  resourceAccount: call.caller.facts.account,
  trust: "identity",
  context: new Map(),
});

/** CloudTrail's requestParameters and responseElements: members with small first letters, whom mail reaches not told. */
export function recorded(value: object): object | null {
  return Object.keys(value).length === 0 ? null : (lowered(value) as object);
}

const hidden = new Set(["AccountName", "Email", "MasterAccountEmail"]);

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [(name[0] ?? "").toLowerCase() + name.slice(1), told(name, member)]),
  );
}

function told(name: string, member: unknown): unknown {
  if (hidden.has(name)) return "****";
  return typeof member === "number" && name.endsWith("Timestamp") ? recordedTime(member) : lowered(member);
}
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
