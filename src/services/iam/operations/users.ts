import type { AccessKey, GroupMember, User } from "../../../identity/entities.ts";
import { entityId } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { boundaryChanges, boundaryValues, shownBoundary } from "../boundary.ts";
import { entityArn, users } from "../entity-kinds.ts";
import { alreadyExists, askEntity, deleteConflict, findEntity, onEntity, readEntity } from "../find-entity.ts";
import { listing } from "../list-entities.ts";
import { moveLink } from "../managed-policies.ts";
import { creation, deletion, newEntity, renaming } from "../new-entity.ts";
import { creating } from "../create-entity.ts";
import { newTags, requestTagValues } from "../tags.ts";
import type { Tag } from "../../../identity/entities.ts";

interface CreateInput {
  UserName: string;
  Path?: string;
  PermissionsBoundary?: string;
  Tags?: Tag[];
}

/** Lists leave out tags and boundary. */
export const listedUser = ({ path, name, uniqueId, arn, createdAt }: User): object => ({
  Path: path,
  UserName: name,
  UserId: uniqueId,
  Arn: arn,
  CreateDate: createdAt,
});

export const shownUser = (user: User): object => ({
  ...listedUser(user),
  ...shownBoundary(user.boundary),
  ...(user.tags.length > 0 && { Tags: user.tags }),
});

export const createUser: Operation = creating<User, CreateInput>(users, {
  name: "CreateUser",
  tagging: "TagUser",
  values: ({ PermissionsBoundary, Tags }) => [...boundaryValues(PermissionsBoundary), ...requestTagValues(Tags)],
  run: ({ UserName, Path, PermissionsBoundary, Tags }, call) => {
    const user: User = {
      ...newEntity(users, { name: UserName, path: Path }, call),
      inline: {},
      attached: [],
      groups: [],
      tags: newTags(Tags),
      ...(PermissionsBoundary !== undefined && { boundary: PermissionsBoundary }),
    };
    const bounds = { before: undefined, after: PermissionsBoundary };
    const changes = [
      ...creation(users, user, call),
      ...boundaryChanges("user", entityId(user.account, user.name), bounds, call),
    ];
    return { changes, answer: { User: shownUser(user) } };
  },
});

export const listUsers: Operation = listing<User>(users, "ListUsers", "Users", listedUser);

const keysOf = (user: Entity<User>, call: Call): Entity<AccessKey>[] => {
  call.used.push(reference.byParent("access-key", user.row.id));
  return call.entities.listByParent<AccessKey>("access-key", user.row.id, { after: "", limit: 10 });
};

export const deleteUser: Operation = onEntity<User, { UserName: string }>(users, {
  name: "DeleteUser",
  run: (_input, user, call) => {
    const { attached, inline, groups, boundary } = user.content;
    if (attached.length > 0) deleteConflict("Cannot delete entity, must detach all policies first.");
    if (Object.keys(inline).length > 0) deleteConflict("Cannot delete entity, must delete policies first.");
    if (keysOf(user, call).length > 0) deleteConflict("Cannot delete entity, must delete access keys first.");
    if (groups.length > 0) deleteConflict("Cannot delete entity, must remove users from group first.");
    const bounds = { before: boundary, after: undefined };
    return { answer: {}, changes: [...deletion(user, call), ...boundaryChanges("user", user.row.id, bounds, call)] };
  },
});

interface UpdateInput {
  UserName: string;
  NewUserName?: string;
  NewPath?: string;
}

export const updateUser: Operation = onEntity<User, UpdateInput>(users, {
  name: "UpdateUser",
  // Whoever renames must have the right to what it was and to what it becomes.
  asks: ({ NewUserName, NewPath }, { entity, name }, call) => {
    if (NewUserName === undefined && NewPath === undefined) return [];
    const { account } = call.caller.facts;
    const arn = entityArn("user", account, NewPath ?? entity?.content.path ?? "/", NewUserName ?? name);
    return [{ ...askEntity("UpdateUser", findEntity(users, name, call), call), resource: arn }];
  },
  run: ({ UserName, NewUserName, NewPath }, user, call) => {
    const { account } = user.content;
    const name = NewUserName ?? user.content.name;
    const path = NewPath ?? user.content.path;
    const id = entityId(account, name);
    if (id !== user.row.id && readEntity(users, id, call)) alreadyExists(users.exists(name));
    const content = { ...user.content, name, path, arn: entityArn("user", account, path, name) };
    const follows = id === user.row.id ? renamedKeys(user, content, call) : moved(user, content, id, call);
    return {
      answer: {},
      changes: [...renaming(user, content, call), ...follows],
      ...(UserName !== name && { responseElements: null }),
    };
  },
});

const renamedKeys = (user: Entity<User>, { name }: User, call: Call, parent = user.row.id): Change[] =>
  keysOf(user, call).map((key) => call.entities.put(key, { ...key.content, userName: name }, { parent }));

/** Keys, memberships and uses of policies follow the user to its new row. */
function moved(user: Entity<User>, content: User, id: string, call: Call): Change[] {
  const { account, groups, attached, boundary, name } = content;
  const members = groups.flatMap((group) => {
    const parent = `${account}/${group}`;
    const row = readMember(parent, user.content.name, call);
    const made = call.entities.create<GroupMember>(
      "group-member",
      memberRowId(parent, name),
      { user: id },
      { scope: account, parent },
    );
    return row ? [call.entities.delete(row), made] : [made];
  });
  const links = [
    ...attached.map((arn) => ({ arn, use: "attached" }) as const),
    ...(boundary === undefined ? [] : [{ arn: boundary, use: "bounding" } as const]),
  ];
  return [
    ...renamedKeys(user, content, call, id),
    ...members,
    ...links.flatMap((link) => moveLink({ ...link, kind: "user", entity: user.row.id }, id, call)),
  ];
}

export const memberRowId = (group: string, userName: string): string => `${group}/${userName.toLowerCase()}`;

export function readMember(group: string, userName: string, call: Call): Entity<GroupMember> | undefined {
  const id = memberRowId(group, userName);
  call.used.push(reference.row("group-member", id));
  return call.entities.get<GroupMember>("group-member", id);
}
