import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";

export interface GivenTag {
  Key: string;
  Value?: string;
}

const tagsMost = 50;

/** Later values of a key replace earlier ones. Throws InvalidTagParameterException, TagsLimitExceededException. */
export function withTags(before: readonly Tag[], given: readonly GivenTag[]): Tag[] {
  checkTags(given);
  const tags = new Map(before.map(({ Key, Value }) => [Key, Value]));
  for (const { Key, Value } of given) tags.set(Key, Value ?? "");
  if (tags.size > tagsMost)
    refuse(
      "TagsLimitExceededException",
      `The number of tags per trail has exceeded the permitted amount of ${tagsMost}.`,
    );
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** A tag is taken away by its key, and by its value where one is given. Throws InvalidTagParameterException. */
export function withoutTags(before: readonly Tag[], given: readonly GivenTag[]): Tag[] {
  checkTags(given);
  const named = ({ Key, Value }: Tag) =>
    given.some((tag) => tag.Key === Key && (tag.Value === undefined || tag.Value === "" || tag.Value === Value));
  return before.filter((tag) => !named(tag));
}

function checkTags(given: readonly GivenTag[]): void {
  const refused = (message: string): never => refuse("InvalidTagParameterException", message);
  if (new Set(given.map(({ Key }) => Key)).size < given.length) refused("Duplicate tag keys are not allowed.");
  for (const { Key, Value } of given) {
    if (Key.toLowerCase().startsWith("aws:")) refused("Tag keys cannot start with aws:.");
    if (!characters.test(Key) || !characters.test(Value ?? ""))
      refused("Tag keys and values can only contain letters, numbers, spaces, and the characters _ . : / = + - @");
  }
}

const characters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
