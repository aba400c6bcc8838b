import { randomBytes } from "node:crypto";
import { nonceBytes, open, seal as sealed } from "../crypto/aead.ts";
import type { Seal } from "../seal/seal.ts";

/** STS takes messages of 10,240 characters: what is longer tells fewer of the values that conditions saw. */
const failureMostBytes = 7000;
/** Lengths say nothing of what is inside: a caller may choose a part of it. */
const paddedToBytes = 512;

interface Failure {
  readonly context?: { readonly conditions?: { readonly items: readonly object[] } };
}

/**
 * What a denial was, for the principals of `account` that may decode it: base64url of version 01 ‖ 12-byte nonce ‖
 * AES-256-GCM-SIV of the JSON, filled with spaces, under a key derived from the root, the account as associated data.
 */
export function sealAuthorizationMessage(seal: Seal, account: string, failure: object): string {
  const text = Buffer.from(within(failure));
  const padded = Buffer.alloc(Math.ceil(text.length / paddedToBytes) * paddedToBytes, " ");
  text.copy(padded);
  const nonce = randomBytes(nonceBytes);
  const bytes = sealed(seal.derive("authorization-message"), nonce, Buffer.from(account), padded);
  return Buffer.concat([Buffer.of(1), nonce, bytes]).toString("base64url");
}

/** The JSON; undefined for anything that was not sealed here for this account. */
export function openAuthorizationMessage(seal: Seal, account: string, message: string): string | undefined {
  const bytes = Buffer.from(message, "base64url");
  // One message has one spelling.
  if (bytes[0] !== 1 || bytes.toString("base64url") !== message) return undefined;
  const nonce = bytes.subarray(1, 1 + nonceBytes);
  if (nonce.length < nonceBytes) return undefined;
  const key = seal.derive("authorization-message");
  return open(key, nonce, Buffer.from(account), bytes.subarray(1 + nonceBytes))
    ?.toString("utf8")
    .trimEnd();
}

/** Its JSON within the limit: the last of what conditions saw is left out first, then everything but the answer. */
function within(failure: Failure): string {
  const whole = JSON.stringify(failure);
  if (Buffer.byteLength(whole) <= failureMostBytes) return whole;
  const { context = {} } = failure;
  const withValues = (count: number): string =>
    JSON.stringify({
      ...failure,
      context: { ...context, conditions: { items: (context.conditions?.items ?? []).slice(0, count) } },
    });
  for (let count = 64; count >= 1; count = Math.floor(count / 2))
    if (Buffer.byteLength(withValues(count)) <= failureMostBytes) return withValues(count);
  const short = { ...failure, matchedStatements: { items: [] } };
  const bare = JSON.stringify({ ...short, context: { ...context, conditions: { items: [] } } });
  return Buffer.byteLength(bare) <= failureMostBytes ? bare : JSON.stringify({ ...short, context: {} });
}
