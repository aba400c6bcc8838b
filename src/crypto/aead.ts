import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

/** OpenSSL's name; the types of node:crypto list the GCM names only, whose interface it shares. */
const algorithm = "aes-256-gcm-siv" as "aes-256-gcm";

export const tagBytes = 16;
export const nonceBytes = 12;

/** AES-256-GCM-SIV (RFC 8452): ciphertext ‖ tag. A repeated nonce reveals that two messages are equal, no more. */
export function seal(
  key: KeyObject | Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  message: Uint8Array,
): Buffer {
  const sealed = Buffer.allocUnsafe(message.length + tagBytes);
  sealInto(sealed, 0, key, nonce, associated, message);
  return sealed;
}

/**
 * The same, laid into `target` at `at`. OpenSSL takes the message of this mode in one piece, an empty one too: without
 * any update the tag would not be computed.
 */
export function sealInto(
  target: Uint8Array,
  at: number,
  key: KeyObject | Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  message: Uint8Array,
): void {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associated);
  target.set(cipher.update(message), at);
  cipher.final();
  target.set(cipher.getAuthTag(), at + message.length);
}

/** Undefined when the bytes, the key or the associated data are not the ones that were sealed. */
export function open(
  key: KeyObject | Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  decipher.setAAD(associated);
  try {
    const message = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
    decipher.final();
    return message;
  } catch {
    return undefined;
  }
}
