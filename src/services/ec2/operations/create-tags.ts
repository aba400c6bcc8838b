import type { Tag } from "../../../identity/entities.ts";
import type { Operation } from "../../../operation.ts";
import { askResource, requestTagValues } from "../ask-ec2.ts";
import { findTagged, type FoundTagged, recordedResources } from "../find-tagged.ts";
import { present } from "../find-resource.ts";
import { checkedTags, recordedTags, type TagInput, withTags } from "../tags.ts";

interface Input {
  Resources: string[];
  Tags: TagInput[];
  DryRun?: boolean;
}

interface Found {
  readonly resources: readonly FoundTagged[];
  readonly tags: readonly Tag[];
}

export const createTags: Operation<Input, unknown, Found> = {
  name: "CreateTags",
  readOnly: false,
  requestParameters: ({ Resources, Tags }) => ({
    resourcesSet: recordedResources(Resources),
    tagSet: recordedTags(Tags),
  }),
  find: (input, call) => ({ tags: checkedTags(input.Tags), resources: findTagged(input.Resources, call) }),
  asks: (_input, { resources, tags }, call) =>
    resources.map((found) => askResource("CreateTags", found, call, requestTagValues(tags))),
  run: (_input, { resources, tags }, call) => {
    const changes = resources.map(present).map((entity) => {
      const after = withTags(entity.content.tags, tags);
      return call.entities.put(entity, { ...entity.content, tags: after });
    });
    return { answer: {}, changes, responseElements: { _return: true } };
  },
};
