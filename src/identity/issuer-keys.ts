import { createPublicKey, type JsonWebKeyInput, type KeyObject } from "node:crypto";
import type { Clocks } from "../clocks.ts";
import { refuse } from "../errors.ts";
import type { Outbound, OutboundAnswer } from "../outbound/gate.ts";
import { invalidToken } from "./web-tokens.ts";

export interface IssuerKey {
  readonly id: string | undefined;
  readonly type: "RSA" | "EC";
  readonly curve: string | undefined;
  readonly algorithm: string | undefined;
  readonly key: KeyObject;
}

interface Fetched {
  readonly at: number;
  readonly keys: readonly IssuerKey[];
}

const lifeMs = 3_600_000;
/** A token with an unknown key makes its issuer be asked again, this often at most. */
const againMs = 10_000;
const issuersMost = 256;
const keysMost = 200;
const documentMostBytes = 256 * 1024;
const totalMs = 5000;

/** The public keys of OpenID Connect issuers, fetched through the outbound gate and kept for an hour. */
export class IssuerKeys {
  readonly #outbound: Pick<Outbound, "send">;
  readonly #clocks: Clocks;
  readonly #fetched = new Map<string, Fetched>();
  readonly #underWay = new Map<string, Promise<Fetched>>();
  constructor(outbound: Pick<Outbound, "send">, clocks: Clocks) {
    this.#outbound = outbound;
    this.#clocks = clocks;
  }

  /**
   * The keys that `pick` takes, asked of the issuer (`https://…`) anew when none of the known ones is taken. Throws
   * IDPCommunicationError and InvalidIdentityToken.
   */
  async keysOf(issuer: string, pick: (keys: readonly IssuerKey[]) => IssuerKey[]): Promise<IssuerKey[]> {
    const known = this.#fetched.get(issuer);
    const age = known ? this.#clocks.wall() - known.at : Infinity;
    const picked = known && age < lifeMs ? pick(known.keys) : [];
    if (picked.length > 0 || age < againMs) return picked;
    return pick((await this.#fetchOnce(issuer)).keys);
  }

  #fetchOnce(issuer: string): Promise<Fetched> {
    const underWay = this.#underWay.get(issuer);
    if (underWay) return underWay;
    const started = this.#fetch(issuer).finally(() => this.#underWay.delete(issuer));
    this.#underWay.set(issuer, started);
    return started;
  }

  async #fetch(issuer: string): Promise<Fetched> {
    const { issuer: named, jwks_uri: url } = await this.#document(
      `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    );
    if (named !== issuer || typeof url !== "string") return noKeys();
    const { keys } = await this.#document(url);
    if (!Array.isArray(keys)) return noKeys();
    const fetched = { at: this.#clocks.wall(), keys: keys.slice(0, keysMost).flatMap(readKey) };
    this.#fetched.delete(issuer);
    this.#fetched.set(issuer, fetched);
    const [oldest] = this.#fetched.keys();
    if (this.#fetched.size > issuersMost && oldest !== undefined) this.#fetched.delete(oldest);
    return fetched;
  }

  async #document(url: string): Promise<Record<string, unknown>> {
    const asked = { method: "GET", url, headers: { Accept: "application/json" } } as const;
    const limits = { totalMs, answerMostBytes: documentMostBytes };
    const { status, body }: OutboundAnswer = await this.#outbound
      .send({ ...asked, ...limits })
      .catch(() => refuse("IDPCommunicationError", "The identity provider could not be reached. Try again."));
    if (status >= 500) refuse("IDPCommunicationError", "The identity provider did not answer. Try again.");
    try {
      const value: unknown = JSON.parse(body.toString("utf8"));
      if (status === 200 && typeof value === "object" && value !== null) return value as Record<string, unknown>;
    } catch {
      // Said below.
    }
    return noKeys();
  }
}

export const noKeys = (): never =>
  invalidToken(
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  );

/** None for a key that is no public key for signatures, or a weak one. */
function readKey(written: unknown): IssuerKey[] {
  const { kid, kty, crv, alg, use } = (written ?? {}) as Record<string, unknown>;
  if ((kty !== "RSA" && kty !== "EC") || (use !== undefined && use !== "sig")) return [];
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  try {
    const key = createPublicKey({ key: written as JsonWebKeyInput["key"], format: "jwk" });
    const bits = key.asymmetricKeyDetails?.modulusLength;
    if (bits !== undefined && (bits < 2048 || bits > 8192)) return [];
    return [{ id: text(kid), type: kty, curve: kty === "EC" ? text(crv) : undefined, algorithm: text(alg), key }];
  } catch {
    return [];
  }
}
