import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import { type FoundResource, findResource } from "./find-resource.ts";
import { missingParameter } from "./refuse-ec2.ts";
import { type Resource, resourceKinds } from "./resource-kinds.ts";

export type FoundTagged = FoundResource<Resource>;

const resourcesMost = 1000;

/** Resources of any kind, by their ids. Throws InvalidID for what is of none, Malformed for what cannot be an id. */
export function findTagged(ids: readonly string[] | undefined, call: Call): FoundTagged[] {
  if (!ids || ids.length === 0) return missingParameter("resourceIdSet");
  if (ids.length > resourcesMost)
    refuse("InvalidParameterValue", `The maximum number of resources on a single call is ${resourcesMost}`);
  return [...new Set(ids)].map((id) => {
    const kind = resourceKinds.find(({ prefix }) => id.startsWith(prefix));
    if (!kind) return refuse("InvalidID", `The ID '${id.slice(0, 64)}' is not valid`);
    return findResource<Resource>(kind, id, call);
  });
}

/** `resourcesSet` of a record's requestParameters. */
export const recordedResources = (ids: readonly string[]): object => ({
  items: ids.map((resourceId) => ({ resourceId })),
});
