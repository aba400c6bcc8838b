import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { SymmetricMaterial } from "./symmetric.ts";

/**
 * A message encrypted for an external key store proxy: AES-256-GCM, as the XKS proxy API has it, under a key of its own
 * for each message. The proxy's metadata, which comes back at decryption, says which:
 *
 *   offset  bytes
 *        0      4  the first bytes of the material id
 *        4     16  derivation nonce
 *
 * The key is derived from the material, the key id, the material id and the nonce, so that it is another one than
 * any key of src/crypto/ciphertext.ts. The associated data is the caller's alone.
 */
export interface ExternalMessage {
  readonly metadata: Buffer;
  /** 12 bytes. */
  readonly iv: Buffer;
  /** As long as the message. */
  readonly ciphertext: Buffer;
  /** 16 bytes. */
  readonly tag: Buffer;
}

const nonceBytes = 16;
const prefixBytes = 4;

export function encryptExternal(
  material: SymmetricMaterial,
  message: Uint8Array,
  associated: Uint8Array,
): ExternalMessage {
  const nonce = randomBytes(nonceBytes);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", material.externalKey(nonce), iv, { authTagLength: 16 });
  cipher.setAAD(associated);
  const ciphertext = cipher.update(message);
  cipher.final();
  const metadata = Buffer.concat([Buffer.from(material.materialId.slice(0, prefixBytes * 2), "hex"), nonce]);
  return { metadata, iv, ciphertext, tag: cipher.getAuthTag() };
}

/** The first 8 hexadecimal digits of the material id; undefined for metadata that this program cannot have written. */
export const materialPrefix = (metadata: Buffer): string | undefined =>
  metadata.length === prefixBytes + nonceBytes ? metadata.toString("hex", 0, prefixBytes) : undefined;

/** Undefined for what this material and this associated data did not encrypt. */
export function decryptExternal(
  material: SymmetricMaterial,
  { metadata, iv, ciphertext, tag }: ExternalMessage,
  associated: Uint8Array,
): Buffer | undefined {
  if (iv.length !== 12 || tag.length !== 16 || materialPrefix(metadata) === undefined) return undefined;
  const key = material.externalKey(metadata.subarray(prefixBytes));
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
  decipher.setAAD(associated);
  decipher.setAuthTag(tag);
  const message = decipher.update(ciphertext);
  try {
    decipher.final();
    return message;
  } catch {
    message.fill(0);
    return undefined;
  }
}
