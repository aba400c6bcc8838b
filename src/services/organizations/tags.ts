import { refuse } from "../../errors.ts";
import type { Tag } from "../../identity/entities.ts";

const tagsMost = 50;

/** Throws InvalidInputException, ConstraintViolationException. */
export function checkTags(tags: readonly Tag[]): readonly Tag[] {
  const keys = new Set(tags.map(({ Key }) => Key));
  if (keys.size < tags.length)
    refuse("InvalidInputException", "You specified a tag key more than once in the request.");
  if (tags.some(({ Key }) => Key.toLowerCase().startsWith("aws:")))
    refuse("InvalidInputException", "Tag keys that begin with aws: are reserved.");
  if (tags.length > tagsMost)
    refuse("ConstraintViolationException", "You have exceeded the number of tags allowed on this resource.");
  return tags;
}

export function withTags(before: readonly Tag[], set: readonly Tag[]): Tag[] {
  const keys = new Set(checkTags(set).map(({ Key }) => Key));
  return [...checkTags([...before.filter(({ Key }) => !keys.has(Key)), ...set])];
}
