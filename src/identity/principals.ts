import { iamArn } from "../arn.ts";
import type { Clocks } from "../clocks.ts";
import { refuse } from "../errors.ts";
import type { Authority } from "../policy/decision.ts";
import type { Seal } from "../seal/seal.ts";
import type { SigningKeys } from "../sigv4/signing-keys.ts";
import type { Entities } from "../store/entities.ts";
import { reference } from "../store/store.ts";
import { authorityOf } from "./authority.ts";
import { Caller, type CallerFacts } from "./caller.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import type { User } from "./entities.ts";

/** What identity/ needs of the server. */
export interface World {
  readonly entities: Entities;
  readonly seal: Seal;
  readonly clocks: Clocks;
  readonly signingKeys: SigningKeys;
  readonly issuerKeys: IssuerKeys;
  /** The well-known credentials: `test`, and twelve-digit account numbers, all with the secret `test`. */
  readonly development: { readonly accountKeys: boolean };
}

/** A credential that was found: who it is, and the secret that the signature is checked with. */
export interface Credential {
  /** Names the credential and its version for the cache of signing keys. */
  readonly identity: string;
  secret(): string;
  caller(): Caller;
}

/** The part of the facts that the request itself gives. */
export type Origin = Pick<CallerFacts, "sourceAddress" | "userAgent" | "secure">;

export const unknownCredential = (): never =>
  refuse("UnrecognizedClientException", "The security token included in the request is invalid.", 403);

/** The account's root user: no policy limits it within its account. */
export function rootCaller(account: string, accessKeyId: string, origin: Origin, used: readonly string[]): Caller {
  const arn = iamArn(account, "root");
  const facts = {
    kind: "root",
    account,
    arn,
    principalArn: arn,
    uniqueId: account,
    userId: account,
    accessKeyId,
    tags: [],
    used,
    ...origin,
  } as const;
  const authority: Authority = { identity: [] };
  return Caller.make(facts, () => authority);
}

/** Undefined when there is no such user any more. */
export function userCaller(
  account: string,
  name: string,
  accessKeyId: string,
  origin: Origin,
  used: string[],
  world: World,
): Caller | undefined {
  const id = `${account}/${name.toLowerCase()}`;
  used.push(reference.row("user", id));
  const user = world.entities.get<User>("user", id);
  if (!user) return undefined;
  const { arn, uniqueId, tags, name: userName } = user.content;
  const authority = authorityOf(user, { entities: world.entities, used });
  const facts: CallerFacts = {
    kind: "user",
    account,
    arn,
    principalArn: arn,
    uniqueId,
    userId: uniqueId,
    userName,
    accessKeyId,
    tags,
    used,
    ...origin,
  };
  return Caller.make(facts, () => authority);
}
