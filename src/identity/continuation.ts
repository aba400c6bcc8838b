import { randomBytes } from "node:crypto";
import { nonceBytes, open, seal as sealed } from "../crypto/aead.ts";
import type { Seal } from "../seal/seal.ts";
import type { Caller, CallerFacts } from "./caller.ts";
import { rootCaller, userCaller, type World } from "./principals.ts";
import type { SessionClaims } from "./session-token.ts";
import { continuedSession } from "./sessions.ts";

/** What a call leaves for the work that goes on after its answer: who asked, bound to that work alone. */
interface Claims {
  readonly account: string;
  readonly userName?: string;
  readonly accessKeyId: string;
  readonly session?: SessionClaims;
  readonly sourceAddress: string;
  readonly userAgent: string;
  /** Wall clock, milliseconds. */
  readonly expiresAt: number;
}

/** Work that has not come to its end by then goes on without its caller, and so not at all. */
const lifeMs = 48 * 3_600_000;

/**
 * Seals who called, for the one piece of work `purpose` names (operation, resource, account). Version 01 ‖ 12-byte
 * nonce ‖ AES-256-GCM-SIV under a key derived from the root, the purpose as associated data.
 */
export function sealContinuation({ facts }: Caller, purpose: string, seal: Seal, now: number): Buffer {
  const { account, userName, accessKeyId, session, sourceAddress, userAgent } = facts;
  const claims: Claims = {
    account,
    accessKeyId,
    sourceAddress,
    userAgent,
    expiresAt: now + lifeMs,
    ...(userName !== undefined && { userName }),
    ...(session && { session: claimsOf(session) }),
  };
  const nonce = randomBytes(nonceBytes);
  const bytes = Buffer.from(JSON.stringify(claims));
  return Buffer.concat([Buffer.of(1), nonce, sealed(seal.derive("continuation"), nonce, Buffer.from(purpose), bytes)]);
}

/**
 * The caller as identity knows it now: policies are read anew, and somebody who is gone is nobody. Throws AwsError
 * UnrecognizedClientException, ExpiredTokenException; Error for what was not sealed here for this purpose.
 */
export function continuedCaller(token: Uint8Array, purpose: string, world: World): Caller {
  const { seal, clocks } = world;
  const nonce = token.subarray(1, 1 + nonceBytes);
  const opened = open(seal.derive("continuation"), nonce, Buffer.from(purpose), token.subarray(1 + nonceBytes));
  if (token[0] !== 1 || !opened) throw new Error("a continuation does not open: it was changed or belongs elsewhere");
  const claims = JSON.parse(opened.toString("utf8")) as Claims;
  if (claims.expiresAt <= clocks.wall()) throw new Error("the work has outlived its caller");
  const { account, userName, accessKeyId, session } = claims;
  const origin = { sourceAddress: claims.sourceAddress, userAgent: claims.userAgent, secure: true };
  if (session) return continuedSession(session, accessKeyId, origin, world);
  if (userName === undefined) return rootCaller(account, accessKeyId, origin, []);
  const user = userCaller(account, userName, accessKeyId, origin, [], world);
  if (!user) throw new Error("the work's caller is gone");
  return user;
}

/** A session's facts are its claims and more (identity/sessions.ts); what else there is cannot be continued. */
function claimsOf(session: NonNullable<CallerFacts["session"]>): SessionClaims {
  if (!("entityId" in session)) throw new Error("a session without claims cannot be continued");
  return session as SessionClaims;
}
