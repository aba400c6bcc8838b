import { randomBytes } from "node:crypto";
import { nonceBytes, open, seal as sealed } from "../crypto/aead.ts";
import { deriveKey } from "../crypto/kdf.ts";
import type { Seal } from "../seal/seal.ts";
import type { SessionFacts } from "./caller.ts";

/** What a session token says; nothing of it is stored. */
export interface SessionClaims extends SessionFacts {
  readonly account: string;
  /** Row of the role or user behind it: `account/lower-case name`; "" for root. */
  readonly entityId: string;
  /** Its unique id at the time: a recreated entity does not inherit sessions. */
  readonly uniqueId: string;
  /** Session policies: documents, and ARNs of managed policies. Absent: not limited. */
  readonly policies?: { readonly texts: readonly string[]; readonly arns: readonly string[] };
}

const version = 1;

/**
 * The token: base64 of version 01 ‖ 12-byte nonce ‖ AES-256-GCM-SIV of the claims as JSON, with the access key id as
 * associated data, under a key derived from the root.
 */
export function sealSession(seal: Seal, accessKeyId: string, claims: SessionClaims): string {
  const nonce = randomBytes(nonceBytes);
  const bytes = sealed(
    seal.derive("session-token"),
    nonce,
    Buffer.from(accessKeyId),
    Buffer.from(JSON.stringify(claims)),
  );
  return Buffer.concat([Buffer.of(version), nonce, bytes]).toString("base64");
}

/** Undefined for anything that was not sealed here for this access key id. */
export function openSession(seal: Seal, accessKeyId: string, token: string): SessionClaims | undefined {
  const bytes = Buffer.from(token, "base64");
  if (bytes[0] !== version || bytes.length < 1 + nonceBytes) return undefined;
  const opened = open(
    seal.derive("session-token"),
    bytes.subarray(1, 1 + nonceBytes),
    Buffer.from(accessKeyId),
    bytes.subarray(1 + nonceBytes),
  );
  return opened && (JSON.parse(opened.toString("utf8")) as SessionClaims);
}

/** The secret access key that belongs to a session: derived, so that it need not stand in the token. */
export const sessionSecret = (seal: Seal, accessKeyId: string): string =>
  deriveKey(seal.derive("session-secret"), "claviger session secret v1", Buffer.from(accessKeyId), 30).toString(
    "base64",
  );
