import type { Operation } from "../../../operation.ts";
import { askResource, requestTagValues } from "../ask-ec2.ts";
import { findTagged, type FoundTagged, recordedResources } from "../find-tagged.ts";
import { present } from "../find-resource.ts";
import { recordedTags, type TagInput, withoutTags } from "../tags.ts";

interface Input {
  Resources: string[];
  Tags?: TagInput[];
  DryRun?: boolean;
}

/** Without tags named: all of them go. */
export const deleteTags: Operation<Input, unknown, readonly FoundTagged[]> = {
  name: "DeleteTags",
  readOnly: false,
  requestParameters: ({ Resources, Tags }) => ({
    resourcesSet: recordedResources(Resources),
    ...(Tags && { tagSet: recordedTags(Tags) }),
  }),
  find: (input, call) => findTagged(input.Resources, call),
  asks: ({ Tags = [] }, found, call) => {
    const values = requestTagValues(Tags.map(({ Key = "", Value = "" }) => ({ Key, Value })));
    return found.map((resource) => askResource("DeleteTags", resource, call, values));
  },
  run: ({ Tags }, found, call) => {
    const changes = found.map(present).map((entity) => {
      const tags = Tags ? withoutTags(entity.content.tags, Tags) : [];
      return call.entities.put(entity, { ...entity.content, tags });
    });
    return { answer: {}, changes, responseElements: { _return: true } };
  },
};
