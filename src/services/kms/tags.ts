import { refuse } from "../../errors.ts";
import type { Tag } from "../../identity/entities.ts";
import { bySpelling, type Values } from "./ask-key.ts";

const tagsMost = 50;

/** Throws TagException with the texts of kms.md, section 1.3. */
export function checkNewTags(tags: readonly Tag[]): readonly Tag[] {
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) refuse("TagException", "Duplicate tag keys");
  if (tags.some(({ Key }) => Key.toLowerCase().startsWith("aws:")))
    refuse("TagException", "Tags beginning with aws: are reserved");
  if (tags.length > tagsMost) refuse("TagException", "Too many tags");
  return tags;
}

/** Tags of the key with these set; throws TagException when there would be too many. */
export function withTags(before: readonly Tag[], set: readonly Tag[]): Tag[] {
  const keys = new Set(checkNewTags(set).map(({ Key }) => Key));
  const after = [...before.filter(({ Key }) => !keys.has(Key)), ...set];
  if (after.length > tagsMost) refuse("TagException", "Too many tags");
  return after;
}

/** aws:RequestTag/… and aws:TagKeys. */
export function tagValues(tags: readonly Tag[] | undefined): Values {
  if (!tags || tags.length === 0) return [];
  return [
    ...bySpelling(
      "aws:requesttag/",
      tags.map(({ Key, Value }) => [Key, Value]),
    ),
    ["aws:tagkeys", tags.map(({ Key }) => Key)],
  ];
}

export interface WireTag {
  TagKey: string;
  TagValue: string;
}
export const readTags = (tags: readonly WireTag[]): Tag[] =>
  tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }));
export const wireTags = (tags: readonly Tag[]): WireTag[] =>
  tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));
