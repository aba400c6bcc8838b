import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Tag } from "../../../identity/entities.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";
import type { Entity } from "../../../store/entities.ts";
import { arnOfStore, findActiveStore, findStore } from "../stores/find-store.ts";
import { findOwnTrail, findTrail } from "../trails/find-trail.ts";
import { type GivenTag, withoutTags, withTags } from "../trails/tags.ts";
import { arnOfTrail } from "../trails/trail-name.ts";

interface Input {
  ResourceId: string;
  TagsList: GivenTag[];
}

/** What has tags is named by its ARN. Throws CloudTrailARNInvalidException. */
function arnOf(resource: string, call: Call): string {
  if (!resource.startsWith("arn:"))
    refuse("CloudTrailARNInvalidException", `${resource.slice(0, 256)} is not a valid trail ARN.`);
  return isStore(resource) ? arnOfStore(resource, call) : arnOfTrail(resource, call);
}

const isStore = (arn: string): boolean => arn.includes(":eventdatastore/");

/** The row that has the tags, a trail's or an event data store's. Throws ResourceNotFoundException. */
function tagged(arn: string, call: Call, changing: boolean): Entity<{ readonly tags: readonly Tag[] }> {
  try {
    if (isStore(arn)) return changing ? findActiveStore(arn, call) : findStore(arn, call);
    return changing ? findOwnTrail(arn, arn, call) : findTrail(arn, arn, call);
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (code !== "TrailNotFoundException" && code !== "EventDataStoreNotFoundException") throw error;
    return refuse("ResourceNotFoundException", `The resource ${arn} does not exist.`);
  }
}

const changeTags = (
  name: string,
  change: (before: readonly Tag[], given: readonly GivenTag[]) => Tag[],
): Operation<Input, unknown, string> => ({
  name,
  readOnly: false,
  requestParameters: recorded,
  find: ({ ResourceId }, call) => arnOf(ResourceId, call),
  asks: (_input, arn, call) => [askTrail(name, arn, call)],
  run: ({ TagsList }, arn, call) => {
    const found = tagged(arn, call, true);
    const tags = change(found.content.tags, TagsList);
    return { answer: {}, changes: [call.entities.put(found, { ...found.content, tags })] };
  },
});

const resourcesMost = 20;

const listTags: Operation<{ ResourceIdList: string[]; NextToken?: string }, unknown, readonly string[]> = {
  name: "ListTags",
  readOnly: true,
  requestParameters: recorded,
  find: ({ ResourceIdList, NextToken }, call) => {
    if (NextToken !== undefined) refuse("InvalidTokenException", "The token is not valid.");
    if (ResourceIdList.length === 0 || ResourceIdList.length > resourcesMost)
      refuse("CloudTrailARNInvalidException", `The number of resources must be from 1 to ${resourcesMost}.`);
    return ResourceIdList.map((resource) => arnOf(resource, call));
  },
  asks: (_input, arns, call) => arns.map((arn) => askTrail("ListTags", arn, call)),
  run: (_input, arns, call) => ({
    answer: {
      ResourceTagList: arns.map((arn) => {
        const { tags } = tagged(arn, call, false).content;
        return { ResourceId: arn, TagsList: tags };
      }),
    },
  }),
};

export const trailTagOperations: readonly Operation[] = [
  changeTags("AddTags", withTags),
  changeTags("RemoveTags", withoutTags),
  listTags,
];
