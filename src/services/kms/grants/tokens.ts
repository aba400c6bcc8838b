import { randomBytes } from "node:crypto";
import { nonceBytes, open, seal as sealed } from "../../../crypto/aead.ts";
import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";

const version = 1;
const label = Buffer.from("claviger grant token v1");

/**
 * A grant's token: base64 of version 01 ‖ 12-byte nonce ‖ AES-256-GCM-SIV of the grant's row id, under a key derived
 * from the root. It differs on each call, names its grant and gives nothing: what a grant allows is found by who calls.
 */
export function grantToken(grantRow: string, call: Call): string {
  const nonce = randomBytes(nonceBytes);
  const bytes = sealed(call.seal.derive("grant-token"), nonce, label, Buffer.from(grantRow));
  return Buffer.concat([Buffer.of(version), nonce, bytes]).toString("base64");
}

/** The row id of the token's grant, whether or not it still exists. Throws InvalidGrantTokenException. */
export function grantOfToken(token: string, call: Call): string {
  const bytes = Buffer.from(token, "base64");
  const [at, body] = [bytes.subarray(1, 1 + nonceBytes), bytes.subarray(1 + nonceBytes)];
  const known = bytes[0] === version && bytes.toString("base64") === token;
  const row = known ? open(call.seal.derive("grant-token"), at, label, body) : undefined;
  return row ? row.toString() : refuse("InvalidGrantTokenException", "The grant token is not valid.");
}

/**
 * Every operation that takes GrantTokens checks them after its key is found and before anything is decided. A genuine
 * token changes nothing: a grant is in force as soon as CreateGrant has answered.
 */
export function checkingTokens(operation: Operation): Operation {
  return {
    ...operation,
    find: (input: { GrantTokens?: readonly string[] }, call) => {
      const found: unknown = operation.find(input, call);
      for (const token of input.GrantTokens ?? []) grantOfToken(token, call);
      return found;
    },
  };
}
