import { headerStart, magic } from "./ciphertext.ts";

/**
 * What Encrypt answers for a key in a custom key store. One format, frozen by src/crypto/store-ciphertext.test.ts:
 *
 *   offset  bytes
 *        0      4  01 02 02 00, so that base64 starts with AQICA
 *        4      1  algorithm: 02 = a ciphertext of src/crypto/ciphertext.ts, encrypted once more by an external key
 *                             03 = AES-256-GCM by the key on the token of a CloudHSM key store
 *        5      1  kind of key id: 01 = UUID (keys in custom key stores are never multi-Region)
 *        6     16  the key id's bytes
 *       22      1  length of the IV: 12, or 16 for external keys
 *       23      1  length of the external key store proxy's own metadata: 0 to 20, for external keys only
 *       24      v  IV
 *     24+v      m  metadata
 *   24+v+m     16  tag
 *   40+v+m      n  ciphertext, as long as what was encrypted
 *
 * The associated data is the first 22 bytes ‖ SHA-256 of the canonical encryption context, so that it stays within
 * what proxies and tokens take. What is not covered by the tag (lengths, IV, metadata) is what the tag depends on.
 */
export interface StoreCiphertext {
  readonly kind: "external" | "token";
  readonly keyId: string;
  readonly iv: Buffer;
  readonly metadata: Buffer;
  readonly tag: Buffer;
  readonly ciphertext: Buffer;
}

const algorithms = { external: 2, token: 3 } as const;
const startBytes = 22;
const fixedBytes = 24;
const tagBytes = 16;
const metadataMost = 20;

/** The first 22 bytes, which are the same for every message of one key. */
export function storeHeader(kind: StoreCiphertext["kind"], keyId: string): Buffer {
  const start = Buffer.from(headerStart(keyId, "0".repeat(64)).subarray(0, startBytes));
  start[4] = algorithms[kind];
  return start;
}

export function formatStoreCiphertext({ kind, keyId, iv, metadata, tag, ciphertext }: StoreCiphertext): Buffer {
  const lengths = Buffer.of(iv.length, metadata.length);
  return Buffer.concat([storeHeader(kind, keyId), lengths, iv, metadata, tag, ciphertext]);
}

/** Undefined for anything that this program cannot have written. */
export function parseStoreCiphertext(blob: Buffer): StoreCiphertext | undefined {
  if (blob.length < fixedBytes || blob.compare(magic, 0, 4, 0, 4) !== 0 || blob[5] !== 1) return undefined;
  const kind = blob[4] === algorithms.external ? "external" : blob[4] === algorithms.token ? "token" : undefined;
  const [ivBytes = 0, metadataBytes = 0] = blob.subarray(startBytes, fixedBytes);
  const external = kind === "external";
  if (!kind || !(ivBytes === 12 || (external && ivBytes === 16))) return undefined;
  if (metadataBytes > (external ? metadataMost : 0)) return undefined;
  const metadataAt = fixedBytes + ivBytes;
  const tagAt = metadataAt + metadataBytes;
  if (blob.length <= tagAt + tagBytes) return undefined;
  const id = blob.toString("hex", 6, startBytes);
  return {
    kind,
    keyId: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`,
    iv: blob.subarray(fixedBytes, metadataAt),
    metadata: blob.subarray(metadataAt, tagAt),
    tag: blob.subarray(tagAt, tagAt + tagBytes),
    ciphertext: blob.subarray(tagAt + tagBytes),
  };
}
