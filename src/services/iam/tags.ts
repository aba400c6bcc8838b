import { refuse } from "../../errors.ts";
import type { Tag } from "../../identity/entities.ts";
import type { Values } from "./ask-iam.ts";
import { lowerName } from "../../policy/lower-name.ts";

const tagsMost = 50;

const refusedTags = (message: string): never => refuse("InvalidInputException", message);

/** Keys are unique without regard to case. Throws InvalidInput. */
function checkKeys(keys: readonly string[]): void {
  if (new Set(keys.map((key) => lowerName(key))).size < keys.length)
    refusedTags("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  if (keys.some((key) => lowerName(key).startsWith("aws:")))
    refusedTags("Tag keys beginning with aws: are reserved for system use.");
}

/** The tags of something new. */
export function newTags(tags: readonly Tag[] | undefined): Tag[] {
  return withTags([], tags ?? []);
}

/** A tag whose key differs in case only is replaced. Throws InvalidInput, LimitExceeded. */
export function withTags(before: readonly Tag[], set: readonly Tag[]): Tag[] {
  checkKeys(set.map(({ Key }) => Key));
  const after = [
    ...withoutTags(
      before,
      set.map(({ Key }) => Key),
    ),
    ...set.map(({ Key, Value }) => ({ Key, Value })),
  ];
  if (after.length > tagsMost)
    refuse("LimitExceededException", "The number of tags has reached the maximum limit.", 409);
  return after;
}

export function withoutTags(before: readonly Tag[], keys: readonly string[]): Tag[] {
  const gone = new Set(keys.map((key) => lowerName(key)));
  return before.filter(({ Key }) => !gone.has(lowerName(Key)));
}

/** aws:RequestTag/… and aws:TagKeys. */
export function requestTagValues(tags: readonly Tag[] | undefined): Values {
  if (!tags || tags.length === 0) return [];
  return [
    ...tags.map(({ Key, Value }) => [`aws:requesttag/${lowerName(Key)}`, Value] as const),
    ["aws:tagkeys", tags.map(({ Key }) => Key)],
  ];
}

/** aws:ResourceTag/… and iam:ResourceTag/…. */
export const ownTagValues = (tags: readonly Tag[] | undefined): Values =>
  (tags ?? []).flatMap(({ Key, Value }) => [
    [`aws:resourcetag/${lowerName(Key)}`, Value] as const,
    [`iam:resourcetag/${lowerName(Key)}`, Value] as const,
  ]);
