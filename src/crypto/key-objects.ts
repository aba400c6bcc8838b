import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Bytes, KeyPair, Pairs } from "./algorithms.ts";

export const publicKeyOf = (spki: Bytes): KeyObject =>
  createPublicKey({ key: Buffer.from(spki.buffer, spki.byteOffset, spki.length), format: "der", type: "spki" });
export const privateKeyOf = (pkcs8: Bytes): KeyObject =>
  createPrivateKey({ key: Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length), format: "der", type: "pkcs8" });

export const pairOf = (pair: { publicKey: KeyObject; privateKey: KeyObject }): KeyPair => ({
  publicKey: pair.publicKey.export({ format: "der", type: "spki" }),
  privateKey: pair.privateKey.export({ format: "der", type: "pkcs8" }),
});

/** Pairs that OpenSSL makes; `fits` tells whether a private key is of their kind. */
export const nativePairs = (
  make: () => { publicKey: KeyObject; privateKey: KeyObject },
  fits: (key: KeyObject) => boolean,
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
});
