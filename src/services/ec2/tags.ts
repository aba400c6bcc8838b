import { refuse } from "../../errors.ts";
import type { Tag } from "../../identity/entities.ts";
import { invalidValue } from "./refuse-ec2.ts";
import type { ResourceKind } from "./resource-kinds.ts";

export interface TagInput {
  Key?: string;
  Value?: string;
}

export interface TagSpecification {
  ResourceType?: string;
  Tags?: TagInput[];
}

const tagsMost = 50;
const keyMost = 128;
const valueMost = 256;

/** Keys are told apart by letter case; an absent value is the empty one. Throws InvalidParameterValue, TagLimitExceeded. */
export function checkedTags(tags: readonly TagInput[] | undefined): Tag[] {
  const checked = (tags ?? []).map(({ Key, Value = "" }) => checkedTag(Key, Value));
  const seen = new Set<string>();
  for (const { Key } of checked) {
    if (seen.has(Key)) invalidValue(`Duplicate tag key '${Key}' specified.`);
    seen.add(Key);
  }
  if (checked.length > tagsMost) tooMany();
  return checked;
}

function checkedTag(Key: string | undefined, Value: string): Tag {
  if (Key === undefined) return invalidValue("Tag key cannot be null.");
  if (Key === "") invalidValue("Tag key cannot be empty.");
  if (Key.length > keyMost) invalidValue(`Tag key exceeds the maximum length of ${keyMost} characters`);
  if (Value.length > valueMost) invalidValue(`Tag value exceeds the maximum length of ${valueMost} characters`);
  if (Key.toLowerCase().startsWith("aws:")) invalidValue("Tag keys starting with 'aws:' are reserved for internal use");
  return { Key, Value };
}

const tooMany = (): never => refuse("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");

/** A tag of the same key is replaced. Throws TagLimitExceeded. */
export function withTags(before: readonly Tag[], set: readonly Tag[]): Tag[] {
  const keys = new Set(set.map(({ Key }) => Key));
  const after = [...before.filter(({ Key }) => !keys.has(Key)), ...set];
  return after.length > tagsMost ? tooMany() : after;
}

/** Without those named; one named with a value goes only if it has that value. */
export function withoutTags(before: readonly Tag[], gone: readonly TagInput[]): Tag[] {
  const byKey = new Map(gone.map(({ Key = "", Value }) => [Key, Value]));
  return before.filter(({ Key, Value }) => {
    if (!byKey.has(Key)) return true;
    const value = byKey.get(Key);
    return value !== undefined && value !== Value;
  });
}

/** `TagSpecification.N`, by the kinds that the operation makes. Throws InvalidParameterValue and what tags are refused with. */
export function tagsSpecified<K extends ResourceKind["name"]>(
  specifications: readonly TagSpecification[] | undefined,
  ...kinds: readonly K[]
): Record<K, Tag[]> {
  const tags = Object.fromEntries(kinds.map((kind) => [kind, [] as TagInput[]])) as Record<K, TagInput[]>;
  for (const { ResourceType, Tags } of specifications ?? []) {
    if (ResourceType === undefined || ResourceType === "")
      invalidValue("Tag specification resource type must have a value");
    const kind = kinds.find((name) => name === ResourceType);
    if (kind === undefined)
      return invalidValue(
        `'${String(ResourceType).slice(0, 64)}' is not a valid taggable resource type for this operation.`,
      );
    if (!Tags || Tags.length === 0) invalidValue("Tag specification must have at least one tag");
    tags[kind].push(...(Tags ?? []));
  }
  return Object.fromEntries(kinds.map((kind) => [kind, checkedTags(tags[kind])])) as Record<K, Tag[]>;
}

/** Tags as records write them. */
export const recordedTags = (tags: readonly TagInput[] | undefined): object => ({
  items: (tags ?? []).map(({ Key, Value }) => ({ key: Key, ...(Value !== undefined && { value: Value }) })),
});

/** `tagSpecificationSet` of a record's requestParameters. */
export const recordedSpecifications = (specifications: readonly TagSpecification[] | undefined): object =>
  specifications === undefined
    ? {}
    : {
        tagSpecificationSet: {
          items: specifications.map(({ ResourceType, Tags }) => ({
            resourceType: ResourceType,
            tags: (recordedTags(Tags) as { items: object[] }).items,
          })),
        },
      };
