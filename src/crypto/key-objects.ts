import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Bytes, KeyPair, Pairs } from "./algorithms.ts";
import { readPrivateKey } from "./der.ts";

export const publicKeyOf = (spki: Bytes): KeyObject =>
  createPublicKey({ key: Buffer.from(spki.buffer, spki.byteOffset, spki.length), format: "der", type: "spki" });
export const privateKeyOf = (pkcs8: Bytes): KeyObject =>
  createPrivateKey({ key: Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length), format: "der", type: "pkcs8" });

export const pairOf = (pair: { publicKey: KeyObject; privateKey: KeyObject }): KeyPair => ({
  publicKey: pair.publicKey.export({ format: "der", type: "spki" }),
  privateKey: pair.privateKey.export({ format: "der", type: "pkcs8" }),
});

/** What a private key of somebody else's has to be, beside what every key of its kind is. */
interface Foreign {
  /**
   * Its AlgorithmIdentifiers in PKCS#8, hexadecimal: OpenSSL is shown nothing else, because it works for half a minute
   * over a DSA key of 5 KB.
   */
  readonly algorithms: readonly string[];
  readonly sound?: (pkcs8: Bytes) => boolean;
}

/** Pairs that OpenSSL makes; `fits` tells whether a private key is of their kind. None are read unless `foreign` says which. */
export const nativePairs = (
  make: () => { publicKey: KeyObject; privateKey: KeyObject },
  fits: (key: KeyObject) => boolean,
  { algorithms, sound = () => true }: Foreign = { algorithms: [] },
): Pairs => ({
  generate: () => pairOf(make()),
  publicKeyOf: (pkcs8) => {
    try {
      const key = privateKeyOf(pkcs8);
      return fits(key) ? createPublicKey(key).export({ format: "der", type: "spki" }) : undefined;
    } catch {
      return undefined;
    }
  },
  read: (pkcs8) => {
    try {
      if (!algorithms.includes(Buffer.from(readPrivateKey(pkcs8).algorithm).toString("hex"))) return undefined;
      const privateKey = privateKeyOf(pkcs8);
      const pair = pairOf({ privateKey, publicKey: createPublicKey(privateKey) });
      return fits(privateKey) && sound(pair.privateKey) ? pair : undefined;
    } catch {
      return undefined;
    }
  },
});
