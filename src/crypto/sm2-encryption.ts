import { createECDH, timingSafeEqual } from "node:crypto";
import type { Bytes, PublicKeyEncryption } from "./algorithms.ts";
import { der, derInteger, DerReader, tags } from "./der.ts";
import { pointOf, scalarOf } from "./elliptic.ts";
import { maskOf, xor } from "./mask.ts";
import { multiplied, size, sm3 } from "./sm2.ts";

/**
 * SM2PKE (GB/T 32918.4): SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, ciphertext OCTET STRING }, the form of
 * GM/T 0009 that OpenSSL and KMS have.
 */
export const sm2Pke: PublicKeyEncryption = {
  context: false,
  most: 1024,
  encrypt: async (publicKey, message) => {
    for (;;) {
      const once = createECDH("SM2");
      const first = once.generateKeys().subarray(1);
      const shared = await multiplied(pointOf("SM2", publicKey), once.getPrivateKey());
      if (!shared) throw new RangeError("a public key that is not on SM2");
      const mask = keyStream(shared, message.length);
      // A mask of zeros would send the message in the clear (step A5); it happens to short messages.
      if (mask.every((byte) => byte === 0)) continue;
      return der(
        tags.sequence,
        derInteger(first.subarray(0, size)),
        derInteger(first.subarray(size)),
        der(tags.octets, checkOf(shared, message)),
        der(tags.octets, xor(message, mask)),
      );
    }
  },
  decrypt: async (privateKey, ciphertext) => {
    const parts = readCiphertext(ciphertext);
    if (!parts) return undefined;
    const scalar = scalarOf("SM2", privateKey);
    const shared = await multiplied(parts.point, scalar);
    scalar.fill(0);
    if (!shared) return undefined;
    const message = xor(parts.masked, keyStream(shared, parts.masked.length));
    return timingSafeEqual(checkOf(shared, message), parts.check) ? message : undefined;
  },
};

const checkOf = (shared: Bytes, message: Bytes): Buffer =>
  sm3(shared.subarray(0, size), message, shared.subarray(size));

interface Ciphertext {
  readonly point: Buffer;
  readonly check: Bytes;
  readonly masked: Bytes;
}

function readCiphertext(bytes: Bytes): Ciphertext | undefined {
  try {
    const outer = new DerReader(bytes);
    const inner = outer.sequence();
    outer.end();
    const [x, y] = [inner.unsigned(size), inner.unsigned(size)];
    const [check, masked] = [inner.value(tags.octets), inner.value(tags.octets)];
    inner.end();
    return check.length === size && masked.length > 0
      ? { point: Buffer.concat([Buffer.of(4), x, y]), check, masked }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The key derivation of GB/T 32918.4, section 5.4.3. */
const keyStream = (shared: Bytes, length: number): Buffer => maskOf("sm3", shared, length, 1);
