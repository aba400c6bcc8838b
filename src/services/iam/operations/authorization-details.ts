import { awsManagedPolicies } from "../../../identity/aws-managed.ts";
import type { Group, ManagedPolicy, PolicyName, Role, User } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import { askIam } from "../ask-iam.ts";
import { shownBoundary } from "../boundary.ts";
import type { PolicyHolder } from "../entity-kinds.ts";
import { awsOwn, findPolicy, useCounts } from "../managed-policies.ts";
import { paged, type Paging, type Piece, pieceOf, pieceOfRows, placeAfter, rowsOfAccount } from "../pagination.ts";
import { encodedDocument } from "../policy-document.ts";
import { recorded } from "../recorded.ts";
import { shownAttached } from "./attached-policies.ts";
import { groupNames, shownGroup } from "./groups.ts";
import { listedProfile } from "./instance-profiles.ts";
import { listedPolicy } from "./managed-policies.ts";
import { listedRole, profilesOf, roleLastUsed } from "./roles.ts";
import { shownVersion } from "./policy-versions.ts";
import { listedUser } from "./users.ts";

type Filter = "User" | "Group" | "Role" | "LocalManagedPolicy" | "AWSManagedPolicy";

interface Input extends Paging {
  Filter?: Filter[];
}

/** An entry carries whole documents: a page is kept to so many whatever is asked for. */
const itemsMost = 100;

const inlineList = ({ inline }: PolicyHolder): object[] =>
  Object.entries(inline).map(([PolicyName, text]) => ({ PolicyName, PolicyDocument: encodedDocument(text) }));

const attachedList = ({ attached }: PolicyHolder): object => ({ AttachedManagedPolicies: attached.map(shownAttached) });

const userDetail = (user: User, call: Call): object => ({
  ...listedUser(user),
  UserPolicyList: inlineList(user),
  GroupList: groupNames(user, call),
  ...attachedList(user),
  ...shownBoundary(user.boundary),
  Tags: user.tags,
});

const groupDetail = (group: Group): object => ({
  ...shownGroup(group),
  GroupPolicyList: inlineList(group),
  ...attachedList(group),
});

const policyDetail = (policy: ManagedPolicy, call: Call): object => ({
  ...listedPolicy(policy, call),
  ...(policy.description !== undefined && { Description: policy.description }),
  PolicyVersionList: policy.versions.map((version) => ({
    Document: encodedDocument(version.text),
    ...shownVersion(version, policy),
  })),
});

/** One kind of entry: where it stands in the answer, and how a piece of its list is read. */
interface Part {
  readonly filter: Filter;
  readonly member: string;
  piece(after: string, most: number, call: Call): Piece<object>;
}

const rowsPart = <C>(filter: Filter, member: string, kind: string, show: Show<C>): Part => ({
  filter,
  member,
  piece: (after, most, call) => {
    const list = { name: kind, read: rowsOfAccount<C>(kind, call), keep: show(call) };
    return pieceOfRows<C, object>(list, after, most);
  },
});

type Show<C> = (
  call: Call,
) => (row: Parameters<Parameters<typeof pieceOfRows<C, object>>[0]["keep"]>[0]) => object | undefined;

const parts: readonly Part[] = [
  rowsPart<User>(
    "User",
    "UserDetailList",
    "user",
    (call) =>
      ({ content }) =>
        userDetail(content, call),
  ),
  rowsPart<Group>(
    "Group",
    "GroupDetailList",
    "group",
    () =>
      ({ content }) =>
        groupDetail(content),
  ),
  rowsPart<Role>("Role", "RoleDetailList", "role", (call) => (role) => ({
    ...listedRole(role.content, call),
    InstanceProfileList: profilesOf(role, call).map(({ content }) => listedProfile(content, call)),
    RolePolicyList: inlineList(role.content),
    ...attachedList(role.content),
    ...shownBoundary(role.content.boundary),
    Tags: role.content.tags,
    RoleLastUsed: roleLastUsed(role.content, call),
  })),
  rowsPart<PolicyName>("LocalManagedPolicy", "Policies", "policy-name", (call) => ({ content }) => {
    const policy = findPolicy(content.arn, call).content;
    return policy && policyDetail(policy, call);
  }),
  {
    filter: "AWSManagedPolicy",
    member: "Policies",
    piece: (after, most, call) => {
      const used = [...awsManagedPolicies.keys()].filter((arn) => {
        const { attached, bounding } = useCounts(arn, call);
        return attached + bounding > 0;
      });
      const { shown, ...next } = pieceOf(used, after, most);
      return { shown: shown.map((arn) => policyDetail(awsOwn(arn)!, call)), ...next };
    },
  },
];

export const getAccountAuthorizationDetails: Operation<Input, unknown, undefined> = {
  name: "GetAccountAuthorizationDetails",
  readOnly: true,
  requestParameters: recorded,
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("GetAccountAuthorizationDetails", call)],
  run: (input, _found, call) => {
    const { MaxItems = itemsMost } = input;
    const place = placeAfter("details", input.Marker, call);
    const [, part = "0", after = ""] = /^(\d) (.*)$/s.exec(place) ?? [];
    const lists: Record<string, object[]> = {
      UserDetailList: [],
      GroupDetailList: [],
      RoleDetailList: [],
      Policies: [],
    };
    const next = collect(input.Filter, Number(part), after, Math.min(MaxItems, itemsMost), lists, call);
    const { more } = paged({ shown: [], ...(next !== undefined && { next }) }, "details", call);
    return { answer: { ...lists, ...more } };
  },
};

/** Fills the lists, part by part; answers the place to go on from when there is more. */
function collect(
  filter: readonly Filter[] | undefined,
  first: number,
  after: string,
  most: number,
  lists: Record<string, object[]>,
  call: Call,
): string | undefined {
  let room = most;
  for (const [index, part] of parts.entries()) {
    if (index < first || (filter && filter.length > 0 && !filter.includes(part.filter))) continue;
    if (room === 0) return `${index} `;
    const { shown, next } = part.piece(index === first ? after : "", room, call);
    lists[part.member]!.push(...shown);
    if (next !== undefined) return `${index} ${next}`;
    room -= shown.length;
  }
  return undefined;
}
