/**
 * Strict standard base64 with padding → its bytes; undefined for anything else. Decoding drops what is not base64, so
 * a text is strict when it gives as many bytes as its length promises; the URL alphabet, which decodes too, is refused.
 */
export function blobOf(text: string): Buffer | undefined {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (text.length % 4 !== 0 || text.includes("-") || text.includes("_")) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}

/** A service may answer with any kind of byte array. */
export const base64Of = (bytes: Uint8Array): string =>
  (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString("base64");
