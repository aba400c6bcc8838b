import { verify } from "node:crypto";
import { refuse } from "../errors.ts";
import type { IssuerKey } from "./issuer-keys.ts";

/** A token as it reads; nothing of it is true before its signature is checked. */
export interface WebToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** What a token's signature may be made with: the issuer's private keys alone, never a secret, never nothing. */
const algorithms: ReadonlyMap<string, { readonly type: "RSA" | "EC"; readonly curve?: string; readonly hash: string }> =
  new Map([
    ["RS256", { type: "RSA", hash: "sha256" }],
    ["RS384", { type: "RSA", hash: "sha384" }],
    ["RS512", { type: "RSA", hash: "sha512" }],
    ["ES256", { type: "EC", curve: "P-256", hash: "sha256" }],
    ["ES384", { type: "EC", curve: "P-384", hash: "sha384" }],
    ["ES512", { type: "EC", curve: "P-521", hash: "sha512" }],
  ]);

export const invalidToken = (why: string): never => refuse("InvalidIdentityToken", why);

const noToken = (): never =>
  invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");

/** A signed JWT in its compact form (RFC 7515, 7519). Throws InvalidIdentityToken. */
export function readWebToken(text: string): WebToken {
  const parts = text.split(".", 4);
  const [header = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3 || parts.some((part) => !/^[A-Za-z0-9_-]+$/.test(part))) return noToken();
  const { alg, kid, crit } = readObject(header);
  if (typeof alg !== "string" || !algorithms.has(alg)) return invalidToken("The token's algorithm is not supported");
  // RFC 7515, section 4.1.11: what a token calls critical and nobody here understands makes it invalid.
  if (crit !== undefined || (kid !== undefined && typeof kid !== "string")) return noToken();
  return {
    algorithm: alg,
    keyId: kid,
    claims: readObject(payload),
    signed: Buffer.from(`${header}.${payload}`),
    signature: Buffer.from(signature, "base64url"),
  };
}

function readObject(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  return noToken();
}

/** The keys that may have signed it: of its algorithm's type, and named by it when it names one. */
export function keysFor({ algorithm, keyId }: WebToken, keys: readonly IssuerKey[]): IssuerKey[] {
  const { type, curve } = algorithms.get(algorithm)!;
  return keys.filter(
    (key) =>
      key.type === type &&
      key.curve === curve &&
      (key.algorithm ?? algorithm) === algorithm &&
      (keyId === undefined || key.id === keyId),
  );
}

export function isSignedBy({ algorithm, signed, signature }: WebToken, { key }: IssuerKey): boolean {
  return verify(algorithms.get(algorithm)!.hash, signed, { key, dsaEncoding: "ieee-p1363" }, signature);
}
