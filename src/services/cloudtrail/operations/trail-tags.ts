import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Tag } from "../../../identity/entities.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";
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
  return arnOfTrail(resource, call);
}

const notFound = <T>(find: () => T, arn: string): T => {
  try {
    return find();
  } catch (error) {
    if ((error as { code?: string }).code !== "TrailNotFoundException") throw error;
    return refuse("ResourceNotFoundException", `The resource ${arn} does not exist.`);
  }
};

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
    const trail = notFound(() => findOwnTrail(arn, arn, call), arn);
    const tags = change(trail.content.tags, TagsList);
    return { answer: {}, changes: [call.entities.put(trail, { ...trail.content, tags })] };
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
        const { tags } = notFound(() => findTrail(arn, arn, call), arn).content;
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
