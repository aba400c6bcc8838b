import { iamArn } from "../arn.ts";
import type { Clocks } from "../clocks.ts";
import { refuse } from "../errors.ts";
import type { Authority } from "../policy/decision.ts";
import type { Seal } from "../seal/seal.ts";
import { readClaim, type Claim } from "../sigv4/claim.ts";
import type { SigningKeys } from "../sigv4/signing-keys.ts";
import { checkClaim, checkSignature } from "../sigv4/verify.ts";
import type { Entities } from "../store/entities.ts";
import { reference } from "../store/store.ts";
import type { WireRequest, WireService } from "../wire/protocol.ts";
import { authorityOf } from "./authority.ts";
import { Caller, type CallerFacts } from "./caller.ts";
import type { AccessKey, User } from "./entities.ts";
import { sessionCaller } from "./sessions.ts";

/** What identity/ needs of the server. */
export interface World {
  readonly entities: Entities;
  readonly seal: Seal;
  readonly clocks: Clocks;
  readonly signingKeys: SigningKeys;
  /** The well-known credentials: `test`, and twelve-digit account numbers, all with the secret `test`. */
  readonly development: { readonly accountKeys: boolean };
}

export interface Authenticated {
  readonly caller: Caller;
  readonly region: string;
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

/**
 * Who signed the request: the claim is read, the credential found, the signature checked; then, and only then, there
 * is a Caller. Throws AwsError with AWS's texts (iam.md, section 4).
 */
export function authenticate(request: WireRequest, service: WireService, world: World): Authenticated {
  const claim = readClaim(request);
  checkClaim(claim, request, { service: service.name, skewMinutes: service.skewMinutes, now: world.clocks.wall() });
  const credential = findCredential(claim, originOf(request), world);
  // An unknown id costs the same work as a wrong secret, so that time does not tell which ids exist.
  const { date, region } = claim;
  const identity = credential?.identity ?? "";
  const key = world.signingKeys.get(identity, date, region, claim.service, () => credential?.secret() ?? "");
  if (!credential) {
    try {
      checkSignature(claim, request, key);
    } catch {
      // Whatever came of it, the answer is the same.
    }
    return unknownCredential();
  }
  checkSignature(claim, request, key);
  return { caller: credential.caller(), region };
}

function originOf(request: WireRequest): Origin {
  const address = request.remoteAddress.replace(/^::ffff:/, "");
  return { sourceAddress: address, userAgent: request.headers.get("user-agent")?.[0]?.slice(0, 256) ?? "", secure: request.secure };
}

function findCredential(claim: Claim, origin: Origin, world: World): Credential | undefined {
  const { accessKeyId } = claim;
  if (claim.sessionToken !== undefined) return sessionCaller(claim, claim.sessionToken, origin, world);
  if (world.development.accountKeys && (accessKeyId === "test" || /^\d{12}$/.test(accessKeyId)))
    return developmentRoot(accessKeyId, origin);
  const key = world.entities.get<AccessKey>("access-key", accessKeyId);
  if (key?.row.secret == null || key.content.status !== "Active") return undefined;
  const secret = key.row.secret;
  return {
    identity: `${accessKeyId}#${key.row.version}`,
    secret: () => world.seal.openCredential({ kind: "access-key", id: accessKeyId }, secret).toString(),
    caller: () => keyHolder(key.content, origin, world),
  };
}

function developmentRoot(accessKeyId: string, origin: Origin): Credential {
  const account = accessKeyId === "test" ? "000000000000" : accessKeyId;
  return { identity: accessKeyId, secret: () => "test", caller: () => rootCaller(account, accessKeyId, origin, []) };
}

/** The account's root user: no policy limits it within its account. */
export function rootCaller(account: string, accessKeyId: string, origin: Origin, used: readonly string[]): Caller {
  const arn = iamArn(account, "root");
  const facts = { kind: "root", account, arn, principalArn: arn, uniqueId: account, userId: account, accessKeyId, tags: [], used, ...origin } as const;
  const authority: Authority = { identity: [] };
  return Caller.make(facts, () => authority);
}

function keyHolder(key: AccessKey, origin: Origin, world: World): Caller {
  const used = [reference.row("access-key", key.id)];
  if (key.userName === undefined) return rootCaller(key.account, key.id, origin, used);
  return userCaller(key.account, key.userName, key.id, origin, used, world) ?? unknownCredential();
}

/** Undefined when there is no such user any more. */
export function userCaller(account: string, name: string, accessKeyId: string, origin: Origin, used: string[], world: World): Caller | undefined {
  const id = `${account}/${name.toLowerCase()}`;
  used.push(reference.row("user", id));
  const user = world.entities.get<User>("user", id);
  if (!user) return undefined;
  const { arn, uniqueId, tags, name: userName } = user.content;
  const authority = authorityOf(user, { entities: world.entities, used });
  const facts: CallerFacts = { kind: "user", account, arn, principalArn: arn, uniqueId, userId: uniqueId, userName, accessKeyId, tags, used, ...origin };
  return Caller.make(facts, () => authority);
}

