import { entityId, type Group, type GroupMember, type User } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { creating } from "../create-entity.ts";
import { entityArn, groups, users } from "../entity-kinds.ts";
import {
  alreadyExists,
  askEntity,
  deleteConflict,
  findEntity,
  noSuchEntity,
  onEntity,
  overLimit,
  readEntity,
} from "../find-entity.ts";
import { listing } from "../list-entities.ts";
import { moveLink } from "../managed-policies.ts";
import { creation, deletion, newEntity, renaming } from "../new-entity.ts";
import { pageOf, pageOfRows, type Paging } from "../pagination.ts";
import { listedUser, memberRowId, readMember } from "./users.ts";

interface Named {
  GroupName: string;
}

const groupsMost = 10;

export const shownGroup = ({ path, name, uniqueId, arn, createdAt }: Group): object => ({
  Path: path,
  GroupName: name,
  GroupId: uniqueId,
  Arn: arn,
  CreateDate: createdAt,
});

export const createGroup: Operation = creating<Group, Named & { Path?: string }>(groups, {
  name: "CreateGroup",
  run: ({ GroupName, Path }, call) => {
    const group: Group = { ...newEntity(groups, { name: GroupName, path: Path }, call), inline: {}, attached: [] };
    return { changes: creation(groups, group, call), answer: { Group: shownGroup(group) } };
  },
});

export const listGroups: Operation = listing<Group>(groups, "ListGroups", "Groups", shownGroup);

const membersOf =
  (group: Entity<Group>, call: Call) =>
  (page: { after: string; limit: number }): Entity<GroupMember>[] =>
    call.entities.listByParent<GroupMember>("group-member", group.row.id, page);

export const getGroup: Operation = onEntity<Group, Named & Paging>(groups, {
  name: "GetGroup",
  readOnly: true,
  run: (input, group, call) => {
    const prefix = `${group.row.id}/`;
    const keep = ({ content }: Entity<GroupMember>) => {
      const user = readEntity(users, content.user, call);
      return user && listedUser(user.content);
    };
    const list = { name: `members ${group.row.id}`, prefix, read: membersOf(group, call), keep };
    const { shown, more } = pageOfRows(list, input, call);
    return { answer: { Group: shownGroup(group.content), Users: shown, ...more } };
  },
});

export const deleteGroup: Operation = onEntity<Group, Named>(groups, {
  name: "DeleteGroup",
  run: (_input, group, call) => {
    const { attached, inline } = group.content;
    call.used.push(reference.byParent("group-member", group.row.id));
    if (membersOf(group, call)({ after: "", limit: 1 }).length > 0)
      deleteConflict("Cannot delete entity, must remove users from group first.");
    if (attached.length > 0) deleteConflict("Cannot delete entity, must detach all policies first.");
    if (Object.keys(inline).length > 0) deleteConflict("Cannot delete entity, must delete policies first.");
    return { answer: {}, changes: deletion(group, call) };
  },
});

interface UpdateInput extends Named {
  NewGroupName?: string;
  NewPath?: string;
}

/** A group of more members than this cannot be renamed in one transaction. */
const renamedMembersMost = 5000;

export const updateGroup: Operation = onEntity<Group, UpdateInput>(groups, {
  name: "UpdateGroup",
  asks: ({ NewGroupName, NewPath }, { entity, name }, call) => {
    if (NewGroupName === undefined && NewPath === undefined) return [];
    const { account } = call.caller.facts;
    const resource = entityArn("group", account, NewPath ?? entity?.content.path ?? "/", NewGroupName ?? name);
    return [{ ...askEntity("UpdateGroup", findEntity(groups, name, call), call), resource }];
  },
  run: ({ NewGroupName, NewPath }, group, call) => {
    const { account } = group.content;
    const name = NewGroupName ?? group.content.name;
    const path = NewPath ?? group.content.path;
    const id = entityId(account, name);
    if (id !== group.row.id && readEntity(groups, id, call)) alreadyExists(groups.exists(name));
    const content = { ...group.content, name, path, arn: entityArn("group", account, path, name) };
    const follows = id === group.row.id ? [] : moved(group, id, call);
    return { answer: {}, changes: [...renaming(group, content, call), ...follows] };
  },
});

/** Members and uses of policies follow the group to its new row. */
function moved(group: Entity<Group>, id: string, call: Call): Change[] {
  const { account, attached } = group.content;
  call.used.push(reference.byParent("group-member", group.row.id));
  const members = membersOf(group, call)({ after: "", limit: renamedMembersMost + 1 });
  if (members.length > renamedMembersMost) overLimit(`Cannot rename a group of more than ${renamedMembersMost} users.`);
  const [before, after] = [group.row.id, id].map((row) => row.slice(row.indexOf("/") + 1)) as [string, string];
  return [
    ...members.flatMap((member) => {
      const user = readEntity(users, member.content.user, call);
      if (!user) return [call.entities.delete(member)];
      const named = user.content.groups.map((name) => (name === before ? after : name));
      const row = memberRowId(id, user.content.name);
      return [
        call.entities.delete(member),
        call.entities.create<GroupMember>("group-member", row, member.content, { scope: account, parent: id }),
        call.entities.put(user, { ...user.content, groups: named }),
      ];
    }),
    ...attached.flatMap((arn) => moveLink({ arn, use: "attached", kind: "group", entity: group.row.id }, id, call)),
  ];
}

interface MemberInput extends Named {
  UserName: string;
}

const theUser = (name: string, call: Call): Entity<User> =>
  findEntity(users, name, call).entity ?? noSuchEntity(users.missing(name));

export const addUserToGroup: Operation = onEntity<Group, MemberInput>(groups, {
  name: "AddUserToGroup",
  run: ({ UserName }, group, call) => {
    const user = theUser(UserName, call);
    const { account, groups: before } = user.content;
    const [, name = ""] = group.row.id.split("/");
    if (before.includes(name)) return { answer: {} };
    if (before.length >= groupsMost) overLimit(`Cannot exceed quota for GroupsPerUser: ${groupsMost}`);
    const id = memberRowId(group.row.id, UserName);
    const placement = { scope: account, parent: group.row.id };
    const member = call.entities.create<GroupMember>("group-member", id, { user: user.row.id }, placement);
    return { answer: {}, changes: [call.entities.put(user, { ...user.content, groups: [...before, name] }), member] };
  },
});

export const removeUserFromGroup: Operation = onEntity<Group, MemberInput>(groups, {
  name: "RemoveUserFromGroup",
  run: ({ UserName }, group, call) => {
    const user = theUser(UserName, call);
    const member = readMember(group.row.id, UserName, call);
    if (!member) return noSuchEntity(users.missing(UserName));
    const [, gone] = group.row.id.split("/");
    const remaining = user.content.groups.filter((name) => name !== gone);
    const changed = call.entities.put(user, { ...user.content, groups: remaining });
    return { answer: {}, changes: [changed, call.entities.delete(member)] };
  },
});

export const listGroupsForUser: Operation = onEntity<User, Paging>(users, {
  name: "ListGroupsForUser",
  readOnly: true,
  run: (input, { content }, call) => {
    const { shown, more } = pageOf(`groups of ${content.uniqueId}`, input, content.groups, call);
    const found = groupsNamed(shown, content, call);
    return { answer: { Groups: found.map(shownGroup), ...more } };
  },
});

const groupsNamed = (names: readonly string[], { account }: User, call: Call): Group[] =>
  names.flatMap((name) => readEntity(groups, `${account}/${name}`, call)?.content ?? []);

/** Names as they were given. */
export const groupNames = (user: User, call: Call): string[] =>
  groupsNamed(user.groups, user, call).map(({ name }) => name);
