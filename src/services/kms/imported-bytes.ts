import { createPrivateKey } from "node:crypto";
import { keySpecOf } from "../../crypto/key-specs.ts";
import { publicKeyOfPair } from "../../crypto/pool.ts";
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
  const secret = canonical(bytes);
  bytes.fill(0);
  const publicKey = secret && (await throttled(publicKeyOfPair(account, spec, secret)));
  return secret && publicKey && { secret, publicKey };
}

/** The same key has the same bytes, and so the same material id, however its owner encoded it. */
function canonical(pkcs8: Buffer): Buffer | undefined {
  try {
    return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }).export({ format: "der", type: "pkcs8" });
  } catch {
    return undefined;
  }
}
