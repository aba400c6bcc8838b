import { deriveKey } from "./kdf.ts";

/**
 * 64 hexadecimal digits that name a key's material: the same material in the same key has the same id, and the id
 * tells nothing about the material (kms.md, section 7).
 */
export function materialId(keyId: string, material: Uint8Array): string {
  return deriveKey(material, "claviger material id v1", Buffer.from(keyId), 32).toString("hex");
}
