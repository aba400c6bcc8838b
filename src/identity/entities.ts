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

interface Entity {
  account: string;
  name: string;
  path: string;
  uniqueId: string;
  arn: string;
  createdAt: number;
  tags: Tag[];
}

interface Principal extends Entity {
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
export interface Group extends Entity {
  inline: Record<string, string>;
  attached: string[];
}

/** kind "role", id = `account/lower-case name`, scope = account. */
export interface Role extends Principal {
  description?: string;
  trust: SavedPolicy;
  maxSessionSeconds: number;
  lastUsed?: { at: number; region: string };
}

/** kind "policy", id = ARN, scope = account ("aws" for AWS's own). */
export interface ManagedPolicy extends Entity {
  description?: string;
  defaultVersion: string;
  nextVersion: number;
  updatedAt: number;
  versions: { id: string; text: string; createdAt: number }[];
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
export interface InstanceProfile extends Entity {
  /** Role names (at most one). */
  roles: string[];
}

/** kind "unique-id", id = AIDA…/AROA…, scope = account: which ARN it stands for while the entity exists. */
export interface UniqueId {
  arn: string;
}

export const entityId = (account: string, name: string): string => `${account}/${name.toLowerCase()}`;
