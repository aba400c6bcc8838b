import { mintAccessKeyId } from "../../identity/access-keys.ts";
import { sealSession, sessionSecret, type SessionClaims } from "../../identity/session-token.ts";
import type { Call } from "../../operation.ts";

export interface SessionCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  /** Milliseconds, wall clock. */
  readonly Expiration: number;
}

/** Temporary credentials for these claims. */
export function sessionCredentials(claims: SessionClaims, call: Call): SessionCredentials {
  const AccessKeyId = mintAccessKeyId(claims.account, "ASIA");
  return {
    AccessKeyId,
    SecretAccessKey: sessionSecret(call.seal, AccessKeyId),
    SessionToken: sealSession(call.seal, AccessKeyId, claims),
    Expiration: claims.expiresAt,
  };
}

const dates = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });

/** The record names the credentials and not their secret. */
export const recordedCredentials = ({ AccessKeyId, Expiration }: SessionCredentials): object => ({
  accessKeyId: AccessKeyId,
  expiration: dates.format(Expiration).replaceAll("\u202f", " "),
});
