import { compilePolicy } from "../policy/compile.ts";
import type { PolicySource } from "../policy/decision.ts";
import type { Entity } from "../store/entities.ts";
import { reference } from "../store/store.ts";
import type { Reading } from "./authority.ts";
import type { Tag } from "./entities.ts";

export type ControlType = "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY";

/** kind "organization", id = o-…, scope "". */
export interface Organization {
  id: string;
  arn: string;
  rootId: string;
  managementAccount: string;
  createdAt: number;
}

/**
 * kind "organization-target", id = r-…, ou-… or an account number, scope = organization id, parent = the target above:
 * what policies are attached to.
 */
export interface OrganizationTarget {
  id: string;
  type: "ROOT" | "ORGANIZATIONAL_UNIT" | "ACCOUNT";
  arn: string;
  name: string;
  organizationId: string;
  /** "" for the root. */
  parentId: string;
  createdAt: number;
  tags: Tag[];
  /** Policy ids; a type that is left out has AWS's own policy alone. */
  attached: Partial<Record<ControlType, string[]>>;
  /** Of the root alone. */
  enabled?: ControlType[];
  /** Of accounts alone. */
  email?: string;
  joinedMethod?: "INVITED" | "CREATED";
}

/** kind "organization-policy", id = p-…, scope = `organization id/type`. */
export interface OrganizationPolicy {
  id: string;
  arn: string;
  organizationId: string;
  type: ControlType;
  name: string;
  description: string;
  text: string;
  tags: Tag[];
}

/** AWS's own: attached to everything until somebody attaches something else. */
export const fullAccess: Readonly<
  Record<ControlType, { readonly id: string; readonly arn: string; readonly text: string }>
> = {
  SERVICE_CONTROL_POLICY: {
    id: "p-FullAWSAccess",
    arn: "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
    text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  },
  RESOURCE_CONTROL_POLICY: {
    id: "p-RCPFullAWSAccess",
    arn: "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess",
    text: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
  },
};

export const attachedTo = ({ attached }: OrganizationTarget, type: ControlType): readonly string[] =>
  attached[type] ?? [fullAccess[type].id];

const kindOf = (type: ControlType) => (type === "SERVICE_CONTROL_POLICY" ? "identity" : "resource");
const spelled = {
  SERVICE_CONTROL_POLICY: "service control policy",
  RESOURCE_CONTROL_POLICY: "resource control policy",
} as const;

const compiledFull = Object.fromEntries(
  Object.entries(fullAccess).map(([type, { arn, text }]) => [
    type,
    { name: arn, arn, policy: compilePolicy(text, kindOf(type as ControlType)) },
  ]),
) as unknown as Readonly<Record<ControlType, PolicySource>>;

/** The targets from the account up to the root; a tree of AWS's is at most seven high. */
const heightMost = 8;

/** An account's place in its organization, with what every level of it attaches. */
export interface Membership {
  readonly organizationId: string;
  /** `o-a1b2/r-f6g7/ou-x/`, as aws:PrincipalOrgPaths has it. */
  readonly path: string;
  readonly management: boolean;
  /** From the root down; absent: the policies of that type do not limit the account. */
  readonly controls: Partial<Record<ControlType, readonly (readonly PolicySource[])[]>>;
}

interface Kept {
  readonly membership: Membership;
  readonly read: readonly (readonly [kind: string, id: string, entity: Entity<unknown> | undefined])[];
  readonly used: readonly string[];
}

/** Undefined outside an organization. Computed once until something it was read from changes. */
export function membershipOf(account: string, { entities, used }: Reading): Membership | undefined {
  // A service has no account.
  if (account === "") return undefined;
  const target = entities.get<OrganizationTarget>("organization-target", account);
  if (!target) {
    used.push(reference.row("organization-target", account));
    return undefined;
  }
  let kept = target.derived.get("membership") as Kept | undefined;
  if (!kept?.read.every(([kind, id, entity]) => entities.get(kind, id) === entity)) {
    kept = readMembership(target, entities);
    target.derived.set("membership", kept);
  }
  used.push(...kept.used);
  return kept.membership;
}

function readMembership(account: Entity<OrganizationTarget>, entities: Reading["entities"]): Kept {
  const read: [string, string, Entity<unknown> | undefined][] = [];
  const get = <T>(kind: string, id: string): Entity<T> | undefined => {
    const entity = entities.get<T>(kind, id);
    read.push([kind, id, entity]);
    return entity;
  };
  const { organizationId } = account.content;
  const chain: OrganizationTarget[] = [];
  for (let at = account.content.id; at !== "" && chain.length < heightMost; ) {
    const content = get<OrganizationTarget>("organization-target", at)?.content;
    if (!content) break;
    chain.unshift(content);
    at = content.parentId;
  }
  const organization = get<Organization>("organization", organizationId)?.content;
  const management = organization?.managementAccount === account.content.id;
  const level = (target: OrganizationTarget, type: ControlType) =>
    attachedTo(target, type).flatMap((id) => sourceOf(id, type, get));
  const controls: Record<string, PolicySource[][]> = {};
  // The management account is exempt: its principals from the one kind, its resources from the other.
  for (const type of management ? [] : (chain[0]?.enabled ?? []))
    controls[type] = chain.map((target) => level(target, type));
  const path = [organizationId, ...chain.slice(0, -1).map(({ id }) => id), ""].join("/");
  return {
    membership: { organizationId, path, management, controls },
    read,
    used: read.map(([kind, id]) => reference.row(kind, id)),
  };
}

function sourceOf(
  id: string,
  type: ControlType,
  get: <T>(kind: string, id: string) => Entity<T> | undefined,
): PolicySource[] {
  if (id === fullAccess[type].id) return [compiledFull[type]];
  const policy = get<OrganizationPolicy>("organization-policy", id);
  if (!policy) return [];
  const { name, arn, text } = policy.content;
  return [{ name: `${spelled[type]} "${name}"`, arn, policy: compilePolicy(text, kindOf(type)) }];
}
