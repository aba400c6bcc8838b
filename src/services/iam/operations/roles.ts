import { entityId, type InstanceProfile, type Role, type Tag } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { boundaryChanges, boundaryValues, shownBoundary } from "../boundary.ts";
import { creating } from "../create-entity.ts";
import { roles } from "../entity-kinds.ts";
import { deleteConflict, onEntity } from "../find-entity.ts";
import { listing } from "../list-entities.ts";
import { creation, deletion, newEntity } from "../new-entity.ts";
import { recorded } from "../recorded.ts";
import { newTags, requestTagValues } from "../tags.ts";
import { acceptTrust, shownTrust } from "../trust-policy.ts";

interface CreateInput {
  RoleName: string;
  AssumeRolePolicyDocument: string;
  Path?: string;
  Description?: string;
  MaxSessionDuration?: number;
  PermissionsBoundary?: string;
  Tags?: Tag[];
}

const sessionSecondsUsual = 3600;

/** Lists leave out tags, boundary and last use. */
export const listedRole = (role: Role, call: Call): object => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.uniqueId,
  Arn: role.arn,
  CreateDate: role.createdAt,
  AssumeRolePolicyDocument: shownTrust(role.trust, call),
  ...(role.description !== undefined && { Description: role.description }),
  MaxSessionDuration: role.maxSessionSeconds,
});

export const shownRole = (role: Role, call: Call): object => ({
  ...listedRole(role, call),
  ...shownBoundary(role.boundary),
  ...(role.tags.length > 0 && { Tags: role.tags }),
});

export const createRole: Operation = creating<Role, CreateInput>(roles, {
  name: "CreateRole",
  tagging: "TagRole",
  values: ({ PermissionsBoundary, Tags }) => [...boundaryValues(PermissionsBoundary), ...requestTagValues(Tags)],
  run: (input, call) => {
    const { RoleName, Path, Description, PermissionsBoundary: boundary } = input;
    const role: Role = {
      ...newEntity(roles, { name: RoleName, path: Path }, call),
      inline: {},
      attached: [],
      trust: acceptTrust(input.AssumeRolePolicyDocument, call),
      maxSessionSeconds: input.MaxSessionDuration ?? sessionSecondsUsual,
      tags: newTags(input.Tags),
      ...(Description !== undefined && { description: Description }),
      ...(boundary !== undefined && { boundary }),
    };
    const bounds = { before: undefined, after: boundary };
    const changes = [
      ...creation(roles, role, call),
      ...boundaryChanges("role", entityId(role.account, RoleName), bounds, call),
    ];
    return { changes, answer: { Role: shownRole(role, call) } };
  },
});

interface Named {
  RoleName: string;
}

/** Empty while nobody has used it. */
export function roleLastUsed({ uniqueId }: Role, call: Call): object {
  const use = call.lastUses.of(uniqueId);
  return use ? { LastUsedDate: use.at, Region: use.region } : {};
}

export const getRole: Operation = onEntity<Role, Named>(roles, {
  name: "GetRole",
  readOnly: true,
  run: (_input, { content }, call) => ({
    answer: { Role: { ...shownRole(content, call), RoleLastUsed: roleLastUsed(content, call) } },
  }),
});

export const listRoles: Operation = listing<Role>(roles, "ListRoles", "Roles", listedRole);

export const profilesOf = (role: Entity<Role>, call: Call): Entity<InstanceProfile>[] => {
  call.used.push(reference.byParent("instance-profile", role.row.id));
  return call.entities.listByParent<InstanceProfile>("instance-profile", role.row.id, { after: "", limit: 1000 });
};

export const deleteRole: Operation = onEntity<Role, Named>(roles, {
  name: "DeleteRole",
  run: (_input, role, call) => {
    const { attached, inline, boundary } = role.content;
    if (profilesOf(role, call).length > 0)
      deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
    if (attached.length > 0) deleteConflict("Cannot delete entity, must detach all policies first.");
    if (Object.keys(inline).length > 0) deleteConflict("Cannot delete entity, must delete policies first.");
    const bounds = { before: boundary, after: undefined };
    return { answer: {}, changes: [...deletion(role, call), ...boundaryChanges("role", role.row.id, bounds, call)] };
  },
});

interface UpdateInput extends Named {
  Description?: string;
  MaxSessionDuration?: number;
}

const changed = (role: Entity<Role>, { Description, MaxSessionDuration }: Partial<UpdateInput>): Role => ({
  ...role.content,
  ...(Description !== undefined && { description: Description }),
  ...(MaxSessionDuration !== undefined && { maxSessionSeconds: MaxSessionDuration }),
});

export const updateRole: Operation = onEntity<Role, UpdateInput>(roles, {
  name: "UpdateRole",
  run: (input, role, call) => ({ answer: {}, changes: [call.entities.put(role, changed(role, input))] }),
});

export const updateRoleDescription: Operation = onEntity<Role, UpdateInput>(roles, {
  name: "UpdateRoleDescription",
  ofLinked: true,
  run: ({ Description = "" }, role, call) => {
    const content = changed(role, { Description });
    const answer = { Role: shownRole(content, call) };
    return { answer, changes: [call.entities.put(role, content)], responseElements: recorded(answer) };
  },
});

export const updateAssumeRolePolicy: Operation = onEntity<Role, Named & { PolicyDocument: string }>(roles, {
  name: "UpdateAssumeRolePolicy",
  run: ({ PolicyDocument }, role, call) => {
    const content = { ...role.content, trust: acceptTrust(PolicyDocument, call) };
    return { answer: {}, changes: [call.entities.put(role, content)] };
  },
});
