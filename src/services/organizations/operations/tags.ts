import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { OrganizationPolicy, OrganizationTarget } from "../../../identity/organization.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { findTarget, type Managed, onOrganization, read } from "../on-organization.ts";
import { pageOfList, type Paging } from "../pages.ts";
import { withTags } from "../tags.ts";

interface Tagged {
  ResourceId: string;
}

/** Roots, units, accounts and policies have tags. Throws TargetNotFoundException. */
function theTagged(
  { ResourceId }: Tagged,
  managed: Managed,
  call: Call,
): Entity<OrganizationTarget | OrganizationPolicy> {
  const policy = ResourceId.startsWith("p-") && read<OrganizationPolicy>("organization-policy", ResourceId, call);
  if (policy && policy.content.organizationId === managed.organization.content.id) return policy;
  const target = findTarget(ResourceId, managed, call);
  return target ?? refuse("TargetNotFoundException", "You specified a target that doesn't exist.");
}

export const tagResource: Operation = onOrganization<Tagged & { Tags: Tag[] }>({
  name: "TagResource",
  run: (input, managed, call) => {
    const tagged = theTagged(input, managed, call);
    const tags = withTags(tagged.content.tags, input.Tags);
    return { answer: {}, changes: [call.entities.put(tagged, { ...tagged.content, tags })] };
  },
});

export const untagResource: Operation = onOrganization<Tagged & { TagKeys: string[] }>({
  name: "UntagResource",
  run: (input, managed, call) => {
    const tagged = theTagged(input, managed, call);
    const tags = tagged.content.tags.filter(({ Key }) => !input.TagKeys.includes(Key));
    return { answer: {}, changes: [call.entities.put(tagged, { ...tagged.content, tags })] };
  },
});

export const listTagsForResource: Operation = onOrganization<Tagged & Paging>({
  name: "ListTagsForResource",
  readOnly: true,
  run: (input, managed, call) => {
    const { tags } = theTagged(input, managed, call).content;
    const { items, more } = pageOfList(input, tags, ({ Key }) => Key);
    return { answer: { Tags: items, ...more } };
  },
});
