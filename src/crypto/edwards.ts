import { generateKeyPairSync, sign, verify } from "node:crypto";
import type { Bytes, Pairs, Signing } from "./algorithms.ts";
import { DerReader, readPrivateKey, readPublicKey, tags } from "./der.ts";
import { nativePairs, privateKeyOf, publicKeyOf } from "./key-objects.ts";

export const edwardsPairs: Pairs = nativePairs(
  () => generateKeyPairSync("ed25519"),
  (key) => key.asymmetricKeyType === "ed25519",
  // RFC 8410.
  { algorithms: ["300506032b6570"] },
);

/** PureEdDSA (RFC 8032). */
export const ed25519: Signing = {
  messages: { RAW: null },
  sign: (privateKey, message) => sign(null, message, privateKeyOf(privateKey)),
  verify: (publicKey, message, _type, signature) => verify(null, message, publicKeyOf(publicKey), signature),
};

/**
 * HashEdDSA with an empty context (RFC 8032, section 5.1). What KMS is given is a digest, and the algorithm hashes it
 * as its message (kms.md, section 2). noble does it: node:crypto has no Ed25519ph.
 */
export const ed25519ph: Signing = {
  messages: { DIGEST: 64 },
  sign: async (privateKey, message) => {
    const noble = (await import("@noble/curves/ed25519.js")).ed25519ph;
    const seed = seedOf(privateKey);
    const signature = noble.sign(message, seed);
    seed.fill(0);
    return signature;
  },
  verify: async (publicKey, message, _type, signature) => {
    const noble = (await import("@noble/curves/ed25519.js")).ed25519ph;
    try {
      return noble.verify(signature, message, readPublicKey(publicKey).key, { zip215: false });
    } catch {
      return false;
    }
  },
};

/** A copy of the 32 bytes within a PKCS#8 key's inner OCTET STRING (RFC 8410). */
const seedOf = (pkcs8: Bytes): Buffer => Buffer.from(new DerReader(readPrivateKey(pkcs8).key).value(tags.octets));
