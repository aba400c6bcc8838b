import { hash } from "node:crypto";
import type { ExternalCiphertext } from "./protocol.ts";

/**
 * The ciphertextDataIntegrityValue: base64 of SHA-256 over additional authenticated data, metadata, IV, ciphertext and
 * tag, in this order. Lengths stand before what varies in length, so that no byte can be counted to its neighbour:
 * two bytes for the additional data and the ciphertext, one for the metadata, the IV and the tag, big-endian.
 */
export function integrityValue({ ciphertext, iv, tag, metadata }: ExternalCiphertext, associated: Buffer): string {
  const short = (part: Buffer) => [Buffer.of(part.length), part];
  const long = (part: Buffer) => [Buffer.of(part.length >> 8, part.length & 255), part];
  const parts = [...long(associated), ...short(metadata), ...short(iv), ...long(ciphertext), ...short(tag)];
  return hash("sha256", Buffer.concat(parts), "base64");
}
