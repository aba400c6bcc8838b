import { keySpecOf } from "../../crypto/key-specs.ts";
import { readPair } from "../../crypto/pool.ts";
import type { Key } from "./entities.ts";
import { throttled } from "./slow-work.ts";

export interface ImportedBytes {
  /** Raw bytes, or PKCS#8 in the one form that OpenSSL writes. */
  readonly secret: Buffer;
  /** SubjectPublicKeyInfo of a private key. */
  readonly publicKey?: Uint8Array;
}

/**
 * Unwrapped bytes as material for this key: as long as its spec asks for, or a private key of it in PKCS#8. Undefined
 * for anything else. Takes `bytes` and wipes them unless they are answered. Throws ThrottlingException.
 */
export async function importedBytes({ spec, account }: Key, bytes: Buffer): Promise<ImportedBytes | undefined> {
  const entry = keySpecOf(spec);
  if (entry.material !== "pair") return bytes.length === entry.bytes ? { secret: bytes } : undefined;
  const reading = throttled(readPair(account, spec, bytes));
  bytes.fill(0);
  const pair = await reading;
  if (!pair) return undefined;
  const { buffer, byteOffset, length } = pair.privateKey;
  return { secret: Buffer.from(buffer, byteOffset, length), publicKey: pair.publicKey };
}
