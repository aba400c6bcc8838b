import { createDecipheriv } from "node:crypto";
import type { Bytes } from "./algorithms.ts";

/** The alternative initial value of RFC 5649, section 3. */
const initial = Buffer.from("a65959a6", "hex");

/** OpenSSL's names; the types of node:crypto do not list them. */
const names: Readonly<Record<number, string>> = {
  16: "id-aes128-wrap-pad",
  24: "id-aes192-wrap-pad",
  32: "id-aes256-wrap-pad",
};

/** AES key wrap with padding (RFC 5649, AES-KWP). Undefined when the bytes were not wrapped under this key. */
export function unwrapPadded(key: Bytes, wrapped: Bytes): Buffer | undefined {
  const name = names[key.length];
  if (name === undefined || wrapped.length < 16 || wrapped.length % 8 !== 0) return undefined;
  try {
    const decipher = createDecipheriv(name, key, initial);
    return Buffer.concat([decipher.update(wrapped), decipher.final()]);
  } catch {
    return undefined;
  }
}
