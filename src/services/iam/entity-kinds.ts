import { iamArn } from "../../arn.ts";
import type { Group, InstanceProfile, NamedEntity, Role, User } from "../../identity/entities.ts";

export type { NamedEntity };

/** What users, groups, roles and instance profiles have in common, and where they differ. */
export interface EntityKind<E extends NamedEntity = NamedEntity> {
  /** Kind of row, and the word in an ARN and in a denial. */
  readonly kind: "user" | "group" | "role" | "instance-profile";
  /** The member of requests that names one. */
  readonly member: "UserName" | "GroupName" | "RoleName" | "InstanceProfileName";
  readonly uniqueIdPrefix: "AIDA" | "AGPA" | "AROA" | "AIPA";
  /** CloudFormation's word for it, as the trail writes it. */
  readonly resourceType: string;
  missing(name: string): string;
  exists(name: string): string;
  /** Only for the type: the content of its rows. */
  readonly content?: E;
}

/** What can carry policies. */
export type PolicyHolder = User | Role | Group;

/** A kind that carries policies: `User` in the names of its operations, and AWS's limits. */
export interface HolderKind<E extends PolicyHolder = PolicyHolder> extends EntityKind<E> {
  readonly kind: "user" | "group" | "role";
  readonly word: "User" | "Group" | "Role";
  /** Characters that are not white space, of all its inline policies together. */
  readonly inlineMost: number;
}

const named = (word: string) => ({
  missing: (name: string) => `The ${word} with name ${name} cannot be found.`,
  exists: (name: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)} with name ${name} already exists.`,
});

export const users: HolderKind<User> = {
  kind: "user",
  word: "User",
  member: "UserName",
  uniqueIdPrefix: "AIDA",
  resourceType: "AWS::IAM::User",
  inlineMost: 2048,
  ...named("user"),
};

export const groups: HolderKind<Group> = {
  kind: "group",
  word: "Group",
  member: "GroupName",
  uniqueIdPrefix: "AGPA",
  resourceType: "AWS::IAM::Group",
  inlineMost: 5120,
  ...named("group"),
};

export const roles: HolderKind<Role> = {
  kind: "role",
  word: "Role",
  member: "RoleName",
  uniqueIdPrefix: "AROA",
  resourceType: "AWS::IAM::Role",
  inlineMost: 10_240,
  ...named("role"),
};

export const instanceProfiles: EntityKind<InstanceProfile> = {
  kind: "instance-profile",
  member: "InstanceProfileName",
  uniqueIdPrefix: "AIPA",
  resourceType: "AWS::IAM::InstanceProfile",
  missing: (name) => `Instance Profile ${name} cannot be found.`,
  exists: (name) => `Instance Profile ${name} already exists.`,
};

/** `arn:aws:iam::111122223333:user/path/name`. */
export const entityArn = (kind: EntityKind["kind"], account: string, path: string, name: string): string =>
  iamArn(account, `${kind}${path}${name}`);

export const holderKinds: readonly HolderKind[] = [users, groups, roles] as readonly HolderKind[];

export const holderKind = (kind: HolderKind["kind"]): HolderKind =>
  holderKinds.find((one) => one.kind === kind) as HolderKind;
