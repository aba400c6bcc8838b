import { randomBytes } from "node:crypto";
import { nonceBytes, open, seal } from "../../crypto/aead.ts";
import { framed } from "../../crypto/kdf.ts";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Key } from "./entities.ts";

/**
 * What GetParametersForImport gives its caller to keep: the private wrapping key itself, sealed, so that nothing of it
 * is stored here. Bound to the key it was made for.
 *
 *   offset  bytes
 *        0      1  version: 01
 *        1     12  nonce
 *       13      n  AES-256-GCM-SIV of: expiry (8, big endian, domain milliseconds) ‖ algorithm (1) ‖ key spec (1) ‖ PKCS#8
 *     13+n     16  tag
 *
 * Associated data: "claviger import token v1", account, Region, key id, the key's creation date.
 */
const version = 1;
const headBytes = 10;

/** Their numbers in the token are their places here. */
const algorithms = [
  "RSAES_OAEP_SHA_1",
  "RSAES_OAEP_SHA_256",
  "RSA_AES_KEY_WRAP_SHA_1",
  "RSA_AES_KEY_WRAP_SHA_256",
  "SM2PKE",
] as const;
const specs = ["RSA_2048", "RSA_3072", "RSA_4096", "SM2"] as const;

/** The caller wipes the private key. */
export interface WrappingKey {
  readonly algorithm: string;
  readonly spec: string;
  readonly privateKey: Uint8Array;
}

export function sealToken(wrapping: WrappingKey, expiresAt: number, key: Key, call: Call): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeBigUInt64BE(BigInt(expiresAt));
  head[8] = (algorithms as readonly string[]).indexOf(wrapping.algorithm);
  head[9] = (specs as readonly string[]).indexOf(wrapping.spec);
  const message = Buffer.concat([head, wrapping.privateKey]);
  const nonce = randomBytes(nonceBytes);
  const sealed = seal(call.seal.derive("import-token"), nonce, associatedOf(key), message);
  message.fill(0);
  return Buffer.concat([Buffer.of(version), nonce, sealed]);
}

/** Throws InvalidImportTokenException, ExpiredImportTokenException. */
export function openToken(token: Uint8Array, key: Key, call: Call): WrappingKey {
  const nonce = token.subarray(1, 1 + nonceBytes);
  const opened =
    token[0] === version && nonce.length === nonceBytes
      ? open(call.seal.derive("import-token"), nonce, associatedOf(key), token.subarray(1 + nonceBytes))
      : undefined;
  if (!opened || opened.length < headBytes)
    return refuse(
      "InvalidImportTokenException",
      "The import token is invalid or is associated with a different KMS key.",
    );
  if (Number(opened.readBigUInt64BE()) <= call.now) {
    opened.fill(0);
    return refuse("ExpiredImportTokenException", "The import token is expired.");
  }
  return {
    algorithm: algorithms[opened[8] ?? 0] ?? "",
    spec: specs[opened[9] ?? 0] ?? "",
    privateKey: opened.subarray(headBytes),
  };
}

const associatedOf = ({ account, region, keyId, createdAt }: Key): Buffer =>
  framed(["claviger import token v1", account, region, keyId, String(createdAt)]);
