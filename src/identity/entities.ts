/**
 * What the store keeps about who may ask: the JSON content of each kind of row. Ids are chosen so that AWS's rule
 * "names are unique without regard to case" is the primary key.
 */

export interface Tag {
  Key: string;
  Value: string;
}

/** kind "account", id = 12 digits, scope "", parent "". */
export interface Account {
  id: string;
  name: string;
  createdAt: number;
}

/** A saved policy document: the text as sent, and what each named principal's ARN meant when it was saved. */
export interface SavedPolicy {
  text: string;
  /** principal ARN → unique id (AIDA…, AROA…). Only for policies with principals. */
  principals?: Record<string, string>;
}

/** What users, groups, roles, policies and instance profiles have in common. */
export interface NamedEntity {
  account: string;
  name: string;
  path: string;
  uniqueId: string;
  arn: string;
  createdAt: number;
  tags: Tag[];
}

interface Principal extends NamedEntity {
  /** Policy name → document text. */
  inline: Record<string, string>;
  /** ARNs of attached managed policies. */
  attached: string[];
  /** ARN of the managed policy that bounds it. */
  boundary?: string;
}

/** kind "user", id = `account/lower-case name`, scope = account. */
export interface User extends Principal {
  /** Lower-case group names. */
  groups: string[];
}

/** kind "group", id = `account/lower-case name`, scope = account. */
export interface Group extends NamedEntity {
  inline: Record<string, string>;
  attached: string[];
}

/** kind "group-member", id = `group's row id/lower-case user name`, scope = account, parent = the group's row id. */
export interface GroupMember {
  /** Row id. */
  user: string;
}

/** kind "role", id = `account/lower-case name`, scope = account. */
export interface Role extends Principal {
  description?: string;
  trust: SavedPolicy;
  maxSessionSeconds: number;
  /** `backup.amazonaws.com`: the service that the role is linked to, and that alone may change it. */
  linkedService?: string;
}

/** kind "policy", id = ARN, scope = account. AWS's own stand in aws-managed.ts. */
export interface ManagedPolicy extends NamedEntity {
  description?: string;
  defaultVersion: string;
  nextVersion: number;
  updatedAt: number;
  versions: { id: string; text: string; createdAt: number }[];
}

/** kind "policy-name", id = `account/lower-case name`, scope = account: names are unique whatever their path. */
export interface PolicyName {
  arn: string;
}

/** kind "policy-use", id = `account ARN`, scope = account: how many entities of the account a managed policy is on. */
export interface PolicyUse {
  attached: number;
  bounding: number;
}

/**
 * kind "policy-attachment", id = `account ARN use kind/lower-case name`, scope = account, parent = `account ARN`: the
 * other side of `attached` and `boundary`.
 */
export interface PolicyAttachment {
  use: "attached" | "bounding";
  kind: "user" | "role" | "group";
  /** Row id. */
  entity: string;
}

/**
 * kind "access-key", id = AKIA…, scope = account, parent = user row id, or `account/` for root.
 * The row's secret holds the wrapped secret access key.
 */
export interface AccessKey {
  id: string;
  account: string;
  /** Undefined for root. */
  userName?: string;
  status: "Active" | "Inactive";
  createdAt: number;
}

/** kind "instance-profile", id = `account/lower-case name`, scope = account. */
export interface InstanceProfile extends NamedEntity {
  /** Role names (at most one). */
  roles: string[];
}

/** kind "account-alias", id = the alias, scope = account: an alias belongs to one account, an account has one. */
export interface AccountAlias {
  createdAt: number;
}

/** kind "oidc-provider", id = ARN, scope = account. */
export interface OpenIdProvider {
  account: string;
  arn: string;
  /** Without `https://`. */
  url: string;
  clientIds: string[];
  /** SHA-1 of a certificate, 40 hexadecimal digits. */
  thumbprints: string[];
  createdAt: number;
  tags: Tag[];
}

/** kind "unique-id", id = AIDA…/AROA…, scope = account: which ARN it stands for while the entity exists. */
export interface UniqueId {
  arn: string;
}

export const entityId = (account: string, name: string): string => `${account}/${name.toLowerCase()}`;
