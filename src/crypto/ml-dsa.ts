import { generateKeyPairSync, sign, verify } from "node:crypto";
import type { Bytes, Pairs, Signing } from "./algorithms.ts";
import { DerReader, readPrivateKey, readPublicKey, tags } from "./der.ts";
import { nativePairs, privateKeyOf, publicKeyOf } from "./key-objects.ts";

type ParameterSet = "ml-dsa-44" | "ml-dsa-65" | "ml-dsa-87";

export const mlDsaPairs = (set: ParameterSet): Pairs =>
  nativePairs(
    // Each name is a literal: the types of generateKeyPairSync do not take a union of them.
    () => generateKeyPairSync(set as "ml-dsa-44"),
    (key) => key.asymmetricKeyType === set,
  );

/**
 * ML-DSA, hedged, with an empty context (FIPS 204). OpenSSL does messages; node:crypto does not take an external mu,
 * which is noble's (SECURITY.md states its limits).
 */
export const mlDsa = (set: ParameterSet): Signing => ({
  messages: { RAW: null, EXTERNAL_MU: 64 },
  sign: async (privateKey, message, type) => {
    if (type === "RAW") return sign(null, message, privateKeyOf(privateKey));
    const noble = await nobleSets[set]();
    const seed = seedOf(privateKey);
    const { secretKey } = noble.keygen(seed);
    const signature = noble.internal.sign(message, secretKey, { externalMu: true });
    seed.fill(0);
    secretKey.fill(0);
    return signature;
  },
  verify: async (publicKey, message, type, signature) => {
    if (type === "RAW") return verify(null, message, publicKeyOf(publicKey), signature);
    const noble = await nobleSets[set]();
    try {
      return noble.internal.verify(signature, message, readPublicKey(publicKey).key, { externalMu: true });
    } catch {
      return false;
    }
  },
});

const nobleSets = {
  "ml-dsa-44": async () => (await import("@noble/post-quantum/ml-dsa.js")).ml_dsa44,
  "ml-dsa-65": async () => (await import("@noble/post-quantum/ml-dsa.js")).ml_dsa65,
  "ml-dsa-87": async () => (await import("@noble/post-quantum/ml-dsa.js")).ml_dsa87,
} as const;

/**
 * A copy of the 32-byte seed: a private key is seed ‖ expanded key, or the seed alone (RFC 9881), and those made here
 * have it either way.
 */
function seedOf(pkcs8: Bytes): Buffer {
  const { key } = readPrivateKey(pkcs8);
  const seed =
    key[0] === tags.sequence
      ? new DerReader(key).sequence().value(tags.octets)
      : new DerReader(key).value(tags.implicit0);
  return Buffer.from(seed);
}
