import { FixedHmac } from "../crypto/kdf.ts";

/** The key of one secret, day, Region and service. */
export function deriveSigningKey(secret: string, date: string, region: string, service: string): FixedHmac {
  let key = FixedHmac.of(Buffer.from(`AWS4${secret}`));
  for (const part of [date, region, service, "aws4_request"]) key = new FixedHmac(key.macOf(part));
  return key;
}

/** HMAC-SHA256 in hexadecimal. */
export const signature = (key: FixedHmac, text: string): string => key.macOf(text).toString("hex");

/** The most that are kept: what is used least recently goes. */
const keptMost = 10_000;

/**
 * Derived signing keys. An entry is found only under the identity (access key id and the version of its row, or the
 * session's token) that it was derived for, so that a changed or recreated access key never meets an old entry.
 */
export class SigningKeys {
  readonly #kept = new Map<string, FixedHmac>();

  /** `secret` is called on a miss only. */
  get(identity: string, date: string, region: string, service: string, secret: () => string): FixedHmac {
    const name = `${identity}\n${date}\n${region}\n${service}`;
    const found = this.#kept.get(name);
    if (found) {
      if (this.#kept.size > keptMost / 2) {
        this.#kept.delete(name);
        this.#kept.set(name, found);
      }
      return found;
    }
    const made = deriveSigningKey(secret(), date, region, service);
    this.#kept.set(name, made);
    if (this.#kept.size > keptMost) this.#kept.delete(this.#kept.keys().next().value ?? "");
    return made;
  }
}
