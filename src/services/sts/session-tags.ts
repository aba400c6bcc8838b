import { refuse } from "../../errors.ts";
import type { SessionFacts } from "../../identity/caller.ts";
import type { Tag } from "../../identity/entities.ts";
import { lowerName } from "../../policy/lower-name.ts";

export interface TagInput {
  readonly Tags?: readonly Tag[];
  readonly TransitiveTagKeys?: readonly string[];
}

export interface SessionTags {
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
}

const tagsMost = 50;

/** The tags that a session hands on to whatever role is assumed with it. */
export function inheritedTags(session: SessionFacts | undefined): readonly Tag[] {
  const transitive = new Set(session?.transitiveTagKeys.map((key) => lowerName(key)));
  return (session?.tags ?? []).filter(({ Key }) => transitive.has(lowerName(Key)));
}

/** Transitive tags of the session that assumes come along and cannot be overridden. */
export function sessionTags({ Tags = [], TransitiveTagKeys = [] }: TagInput, inherited: readonly Tag[]): SessionTags {
  const own = new Set(Tags.map(({ Key }) => lowerName(Key)));
  if (own.size < Tags.length)
    refuse("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  if ([...own].some((key) => key.startsWith("aws:")))
    refuse("InvalidParameterValue", "Tag keys that start with aws: are reserved for system use.");
  if (TransitiveTagKeys.some((key) => !own.has(lowerName(key))))
    refuse("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.");
  if (inherited.some(({ Key }) => own.has(lowerName(Key))))
    refuse(
      "InvalidParameterValue",
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  if (Tags.length + inherited.length > tagsMost)
    refuse("InvalidParameterValue", `Cannot have more than ${tagsMost} session tags.`);
  const transitiveTagKeys = [...TransitiveTagKeys, ...inherited.map(({ Key }) => Key)];
  return { tags: [...Tags, ...inherited], transitiveTagKeys };
}

/** What a policy sees of the tags that a session is asked for. */
export function tagContext(tags: readonly Tag[]): [string, string | readonly string[]][] {
  if (tags.length === 0) return [];
  const values = tags.map(({ Key, Value }): [string, string] => [`aws:requesttag/${lowerName(Key)}`, Value]);
  return [...values, ["aws:tagkeys", tags.map(({ Key }) => Key)]];
}
