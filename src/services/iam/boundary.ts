import type { Role, User } from "../../identity/entities.ts";
import type { Call } from "../../operation.ts";
import type { Change, Entity } from "../../store/entities.ts";
import type { Values } from "./ask-iam.ts";
import type { PolicyHolder } from "./entity-kinds.ts";
import { attachable, linkPolicy, unlinkPolicy } from "./managed-policies.ts";

export type Bounded = User | Role;

/** iam:PermissionsBoundary: the ARN that bounds, or is to bound, the entity. */
export const boundaryValues = (arn: string | undefined): Values =>
  arn === undefined ? [] : [["iam:permissionsboundary", arn]];

export const boundaryOf = (entity: Entity<PolicyHolder> | undefined): string | undefined =>
  entity && "boundary" in entity.content ? entity.content.boundary : undefined;

/** As answers describe it. */
export const shownBoundary = (arn: string | undefined): object =>
  arn === undefined ? {} : { PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arn } };

/** What follows elsewhere when the boundary of an entity becomes another one. Throws NoSuchEntity. */
export function boundaryChanges(
  kind: "user" | "role",
  entity: string,
  { before, after }: { before: string | undefined; after: string | undefined },
  call: Call,
): Change[] {
  if (after !== undefined) attachable(after, call, "Scope ARN:");
  if (before === after) return [];
  const link = (arn: string) => ({ arn, use: "bounding", kind, entity }) as const;
  return [
    ...(before === undefined ? [] : unlinkPolicy(link(before), call)),
    ...(after === undefined ? [] : linkPolicy(link(after), call)),
  ];
}
