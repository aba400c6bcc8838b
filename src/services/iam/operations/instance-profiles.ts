import { entityId, type InstanceProfile, type Role, type Tag } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import { askIam } from "../ask-iam.ts";
import { creating } from "../create-entity.ts";
import { instanceProfiles, roles } from "../entity-kinds.ts";
import { deleteConflict, findEntity, noSuchEntity, onEntity, overLimit, present, readEntity } from "../find-entity.ts";
import { listing } from "../list-entities.ts";
import { creation, deletion, newEntity } from "../new-entity.ts";
import { pageOf, type Paging } from "../pagination.ts";
import { newTags, requestTagValues } from "../tags.ts";
import { listedRole, profilesOf } from "./roles.ts";

interface Named {
  InstanceProfileName: string;
}

interface RoleInput extends Named {
  RoleName: string;
}

export function listedProfile(profile: InstanceProfile, call: Call): object {
  const { account, path, name, uniqueId, arn, createdAt } = profile;
  const held = profile.roles.flatMap((role) => readEntity(roles, entityId(account, role), call) ?? []);
  return {
    Path: path,
    InstanceProfileName: name,
    InstanceProfileId: uniqueId,
    Arn: arn,
    CreateDate: createdAt,
    Roles: held.map(({ content }) => listedRole(content, call)),
  };
}

const shownProfile = (profile: InstanceProfile, call: Call): object => ({
  ...listedProfile(profile, call),
  ...(profile.tags.length > 0 && { Tags: profile.tags }),
});

const create: Operation = creating<InstanceProfile, Named & { Path?: string; Tags?: Tag[] }>(instanceProfiles, {
  name: "CreateInstanceProfile",
  tagging: "TagInstanceProfile",
  values: ({ Tags }) => requestTagValues(Tags),
  run: ({ InstanceProfileName, Path, Tags }, call) => {
    const named = newEntity(instanceProfiles, { name: InstanceProfileName, path: Path }, call);
    const profile: InstanceProfile = { ...named, roles: [], tags: newTags(Tags) };
    const answer = { InstanceProfile: shownProfile(profile, call) };
    return { changes: creation(instanceProfiles, profile, call), answer };
  },
});

const get: Operation = onEntity<InstanceProfile, Named>(instanceProfiles, {
  name: "GetInstanceProfile",
  readOnly: true,
  run: (_input, { content }, call) => ({ answer: { InstanceProfile: shownProfile(content, call) } }),
});

const remove: Operation = onEntity<InstanceProfile, Named>(instanceProfiles, {
  name: "DeleteInstanceProfile",
  run: (_input, profile, call) => {
    if (profile.content.roles.length > 0)
      deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
    return { answer: {}, changes: deletion(profile, call) };
  },
});

const addRole: Operation = onEntity<InstanceProfile, RoleInput>(instanceProfiles, {
  name: "AddRoleToInstanceProfile",
  // Whoever gives a role to machines must have the right to pass it on.
  asks: ({ RoleName }, _found, call) => [askIam("PassRole", call, findEntity(roles, RoleName, call).arn)],
  run: ({ RoleName }, profile, call) => {
    const role = present(findEntity(roles, RoleName, call));
    if (profile.content.roles.length > 0) overLimit("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    const content = { ...profile.content, roles: [role.content.name] };
    return { answer: {}, changes: [call.entities.put(profile, content, { parent: role.row.id })] };
  },
});

const removeRole: Operation = onEntity<InstanceProfile, RoleInput>(instanceProfiles, {
  name: "RemoveRoleFromInstanceProfile",
  run: ({ RoleName }, profile, call) => {
    const held = profile.content.roles.some((role) => role.toLowerCase() === RoleName.toLowerCase());
    if (!held) noSuchEntity(roles.missing(RoleName));
    const content = { ...profile.content, roles: [] };
    return { answer: {}, changes: [call.entities.put(profile, content, { parent: "" })] };
  },
});

const listForRole: Operation = onEntity<Role, Paging>(roles, {
  name: "ListInstanceProfilesForRole",
  readOnly: true,
  run: (input, role, call) => {
    const { shown, more } = pageOf(`profiles ${role.row.id}`, input, profilesOf(role, call), call);
    return { answer: { InstanceProfiles: shown.map(({ content }) => listedProfile(content, call)), ...more } };
  },
});

export const instanceProfileOperations: readonly Operation[] = [
  create,
  get,
  remove,
  addRole,
  removeRole,
  listForRole,
  listing<InstanceProfile>(instanceProfiles, "ListInstanceProfiles", "InstanceProfiles", listedProfile),
];
