import { awsManagedPolicies } from "../../../identity/aws-managed.ts";
import type { ManagedPolicy, PolicyAttachment, PolicyName } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { askIam } from "../ask-iam.ts";
import { holderKind } from "../entity-kinds.ts";
import { readEntity } from "../find-entity.ts";
import { awsOwn, findPolicy, useCounts, usesOf } from "../managed-policies.ts";
import { onPolicy } from "../on-policy.ts";
import {
  type Paged,
  paged,
  pageOfRows,
  type Paging,
  pieceOf,
  pieceOfRows,
  placeAfter,
  rowsOfAccount,
} from "../pagination.ts";
import { recorded } from "../recorded.ts";
import { listedPolicy } from "./managed-policies.ts";

interface Filter extends Paging {
  Scope?: "All" | "AWS" | "Local";
  OnlyAttached?: boolean;
  PathPrefix?: string;
  PolicyUsageFilter?: "PermissionsPolicy" | "PermissionsBoundary";
}

/** AWS's own first, then the account's, each in the order of their names. */
export const listPolicies: Operation<Filter, unknown, undefined> = {
  name: "ListPolicies",
  readOnly: true,
  requestParameters: recorded,
  find: () => undefined,
  asks: ({ PathPrefix = "/" }, _found, call) => [
    { ...askIam("ListPolicies", call), phrase: `on resource: policy path ${PathPrefix}` },
  ],
  run: (input, _found, call) => {
    const { shown, more } = page(input, call);
    return { answer: { Policies: shown, ...more } };
  },
};

const list = "policies";

/** Places in the first list are numbers after "aws "; those in the second are ids of rows. */
function page(input: Filter, call: Call): Paged<object> {
  const { Scope = "All", Marker, MaxItems = 100 } = input;
  const place = placeAfter(list, Marker, call);
  const own = (after: string, most: number) =>
    pieceOfRows<PolicyName, object>({ name: list, read: rowsOfAccount("policy-name", call), keep }, after, most);
  const keep = ({ content }: Entity<PolicyName>) => {
    const policy = findPolicy(content.arn, call).content;
    return policy && kept(policy, input, call);
  };
  const inOwn = place !== "" && !place.startsWith("aws ");
  if (Scope === "Local" || inOwn) return paged(own(inOwn ? place : "", MaxItems), list, call);
  const all = [...awsManagedPolicies.keys()].flatMap((arn) => kept(awsOwn(arn)!, input, call) ?? []);
  const { shown, next } = pieceOf(all, place.slice("aws ".length), MaxItems);
  if (next !== undefined) return paged({ shown, next: `aws ${next}` }, list, call);
  if (Scope === "AWS") return paged({ shown }, list, call);
  if (shown.length === MaxItems) return paged({ shown, next: `aws ${all.length}` }, list, call);
  const rest = own("", MaxItems - shown.length);
  return paged({ ...rest, shown: [...shown, ...rest.shown] }, list, call);
}

function kept(policy: ManagedPolicy, input: Filter, call: Call): object | undefined {
  const { OnlyAttached = false, PathPrefix = "/", PolicyUsageFilter: usage } = input;
  if (!policy.path.startsWith(PathPrefix)) return undefined;
  const { attached, bounding } = useCounts(policy.arn, call);
  const counted = usage === "PermissionsPolicy" ? attached : usage === "PermissionsBoundary" ? bounding : undefined;
  if (OnlyAttached && (counted ?? attached + bounding) === 0) return undefined;
  if (usage === "PermissionsBoundary" && counted === 0) return undefined;
  return listedPolicy(policy, call);
}

interface EntitiesInput extends Paging {
  EntityFilter?: "User" | "Role" | "Group" | "LocalManagedPolicy" | "AWSManagedPolicy";
  PathPrefix?: string;
  PolicyUsageFilter?: Filter["PolicyUsageFilter"];
}

/** Who carries the policy, or is bounded by it. */
export const listEntitiesForPolicy: Operation = onPolicy<EntitiesInput>(
  "ListEntitiesForPolicy",
  true,
  (input, { arn }, call) => {
    const parent = usesOf(arn, call);
    const read = (after: { after: string; limit: number }) =>
      call.entities.listByParent<PolicyAttachment>("policy-attachment", parent, after);
    const keep = (row: Entity<PolicyAttachment>) => carrier(row, input, call);
    const { shown, more } = pageOfRows({ name: `entities ${arn}`, prefix: `${parent} `, read, keep }, input, call);
    const of = (word: string) => shown.filter((one) => one.word === word).map(({ name, id }) => ({ name, id }));
    const member = (word: string) => of(word).map(({ name, id }) => ({ [`${word}Name`]: name, [`${word}Id`]: id }));
    const answer = { PolicyGroups: member("Group"), PolicyUsers: member("User"), PolicyRoles: member("Role") };
    return { answer: { ...answer, ...more } };
  },
);

function carrier({ content }: Entity<PolicyAttachment>, input: EntitiesInput, call: Call) {
  const { EntityFilter, PathPrefix = "/", PolicyUsageFilter } = input;
  const kind = holderKind(content.kind);
  const entity = readEntity(kind, content.entity, call);
  const wanted = PolicyUsageFilter === "PermissionsBoundary" ? "bounding" : "attached";
  if (!entity?.content.path.startsWith(PathPrefix)) return undefined;
  if (EntityFilter !== undefined && EntityFilter !== kind.word) return undefined;
  if (PolicyUsageFilter !== undefined && content.use !== wanted) return undefined;
  return { word: kind.word, name: entity.content.name, id: entity.content.uniqueId };
}
