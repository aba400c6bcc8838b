import type { WebIdentity } from "./caller.ts";
import type { Tag } from "./entities.ts";
import { invalidToken } from "./web-tokens.ts";

const tagsClaim = "https://aws.amazon.com/tags";
const sourceIdentityClaim = "https://aws.amazon.com/source_identity";

/** As STS takes them as parameters. */
const tagKey = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

export interface FederatedTags {
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
}

/** Session tags and the source identity that an issuer puts into its tokens, in AWS's two claims. */
export function federatedTags(claims: Readonly<Record<string, unknown>>): FederatedTags {
  const { principal_tags: written = {}, transitive_tag_keys: keys = [] } = (claims[tagsClaim] ?? {}) as Record<
    string,
    unknown
  >;
  if (typeof written !== "object" || written === null || !Array.isArray(keys)) return invalidTags();
  const tags = Object.entries(written).map(([Key, value]): Tag => {
    const [Value, ...more] = Array.isArray(value) ? (value as unknown[]) : [value];
    if (typeof Value !== "string" || more.length > 0 || !tagKey.test(Key) || !tagValue.test(Value))
      return invalidTags();
    return { Key, Value };
  });
  if (!keys.every((key) => typeof key === "string")) return invalidTags();
  const sourceIdentity = claims[sourceIdentityClaim];
  if (sourceIdentity === undefined) return { tags, transitiveTagKeys: keys };
  if (typeof sourceIdentity !== "string" || !/^[\w+=,.@-]{2,64}$/.test(sourceIdentity))
    return invalidToken("The source identity in the token is not valid");
  return { tags, transitiveTagKeys: keys, sourceIdentity };
}

const invalidTags = (): never => invalidToken("The session tags in the token are not valid");

/** `issuer.example.com/realm:sub` and its like, which the session keeps; names without regard to case, as of every key. */
export function issuerKeys({ issuer, subject, audience, amr }: WebIdentity): [string, string | readonly string[]][] {
  const name = issuer.toLowerCase();
  return [
    [`${name}:sub`, subject],
    [`${name}:aud`, audience],
    ...(amr.length > 0 ? [[`${name}:amr`, amr] as [string, readonly string[]]] : []),
  ];
}
