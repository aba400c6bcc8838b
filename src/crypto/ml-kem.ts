import { decapsulate, encapsulate, generateKeyPairSync } from "node:crypto";
import type { Encapsulation, Pairs } from "./algorithms.ts";
import { nativePairs, privateKeyOf, publicKeyOf } from "./key-objects.ts";

const ciphertextBytes = { "ml-kem-512": 768, "ml-kem-768": 1088, "ml-kem-1024": 1568 } as const;
type ParameterSet = keyof typeof ciphertextBytes;

export const mlKemPairs = (set: ParameterSet): Pairs =>
  nativePairs(
    // Each name is a literal: the types of generateKeyPairSync do not take a union of them.
    () => generateKeyPairSync(set as "ml-kem-512"),
    (key) => key.asymmetricKeyType === set,
  );

/** ML-KEM (FIPS 203). */
export const mlKem = (set: ParameterSet): Encapsulation => ({
  ciphertextBytes: ciphertextBytes[set],
  encapsulate: (publicKey) => {
    const { sharedKey, ciphertext } = encapsulate(publicKeyOf(publicKey));
    return { sharedSecret: sharedKey, ciphertext };
  },
  decapsulate: (privateKey, ciphertext) => decapsulate(privateKeyOf(privateKey), ciphertext),
});
