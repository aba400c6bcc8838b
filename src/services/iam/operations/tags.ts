import type { Tag } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import { type EntityKind, instanceProfiles, type NamedEntity, roles, users } from "../entity-kinds.ts";
import { onEntity } from "../find-entity.ts";
import { onPolicy, ownPolicy } from "../on-policy.ts";
import { pageOf, type Paging } from "../pagination.ts";
import { requestTagValues, withoutTags, withTags } from "../tags.ts";

interface TagInput {
  Tags: Tag[];
}

interface UntagInput {
  TagKeys: string[];
}

export const tagKeyValues = ({ TagKeys }: UntagInput): readonly (readonly [string, readonly string[]])[] =>
  TagKeys.length === 0 ? [] : [["aws:tagkeys", TagKeys]];

/** One page of the tags. */
export function shownTags({ arn, tags }: { arn: string; tags: readonly Tag[] }, input: Paging, call: Call): object {
  const { shown, more } = pageOf(`tags ${arn}`, input, tags, call);
  return { Tags: shown, ...more };
}

/** Tag…, Untag… and List…Tags of what has a name. */
function tagOperations<E extends NamedEntity>(kind: EntityKind<E>, word: string): Operation[] {
  return [
    onEntity<E, TagInput>(kind, {
      name: `Tag${word}`,
      values: ({ Tags }) => requestTagValues(Tags),
      run: ({ Tags }, entity, call) => {
        const tags = withTags(entity.content.tags, Tags);
        return { answer: {}, changes: [call.entities.put(entity, { ...entity.content, tags })] };
      },
    }),
    onEntity<E, UntagInput>(kind, {
      name: `Untag${word}`,
      values: tagKeyValues,
      run: ({ TagKeys }, entity, call) => {
        const tags = withoutTags(entity.content.tags, TagKeys);
        return { answer: {}, changes: [call.entities.put(entity, { ...entity.content, tags })] };
      },
    }),
    onEntity<E, Paging>(kind, {
      name: `List${word}Tags`,
      readOnly: true,
      run: (input, { content }, call) => ({ answer: shownTags(content, input, call) }),
    }),
  ];
}

const policyTagOperations: readonly Operation[] = [
  onPolicy<TagInput>(
    "TagPolicy",
    false,
    ({ Tags }, found, call) => {
      const policy = ownPolicy(found);
      const tags = withTags(policy.content.tags, Tags);
      return { answer: {}, changes: [call.entities.put(policy, { ...policy.content, tags })] };
    },
    ({ Tags }) => requestTagValues(Tags),
  ),
  onPolicy<UntagInput>(
    "UntagPolicy",
    false,
    ({ TagKeys }, found, call) => {
      const policy = ownPolicy(found);
      const tags = withoutTags(policy.content.tags, TagKeys);
      return { answer: {}, changes: [call.entities.put(policy, { ...policy.content, tags })] };
    },
    tagKeyValues,
  ),
  onPolicy<Paging>("ListPolicyTags", true, (input, { content }, call) => ({ answer: shownTags(content, input, call) })),
];

export const tagging: readonly Operation[] = [
  ...tagOperations(users, "User"),
  ...tagOperations(roles, "Role"),
  ...tagOperations(instanceProfiles, "InstanceProfile"),
  ...policyTagOperations,
];
