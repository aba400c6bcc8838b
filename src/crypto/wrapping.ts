import type { Bytes } from "./algorithms.ts";
import { chooseAlgorithm } from "./key-specs.ts";
import { unwrapPadded } from "./key-wrap.ts";
import { perform } from "./pool.ts";

/** How material travels to be imported (kms.md, section 10). */
interface Wrapping {
  /** The encryption under the wrapping key. */
  readonly under: "RSAES_OAEP_SHA_1" | "RSAES_OAEP_SHA_256" | "SM2PKE";
  /** What is encrypted under it is an AES-256 key, and the material is wrapped with that (AES-KWP). */
  readonly twofold: boolean;
}

export const wrappings: Readonly<Record<string, Wrapping>> = {
  RSAES_OAEP_SHA_1: { under: "RSAES_OAEP_SHA_1", twofold: false },
  RSAES_OAEP_SHA_256: { under: "RSAES_OAEP_SHA_256", twofold: false },
  RSA_AES_KEY_WRAP_SHA_1: { under: "RSAES_OAEP_SHA_1", twofold: true },
  RSA_AES_KEY_WRAP_SHA_256: { under: "RSAES_OAEP_SHA_256", twofold: true },
  SM2PKE: { under: "SM2PKE", twofold: false },
};

const wrappingKeyBytes: Readonly<Record<string, number>> = { RSA_2048: 256, RSA_3072: 384, RSA_4096: 512 };

/** Is the algorithm one of the wrapping key's? */
export const wrapsWith = (algorithm: string, spec: string): boolean =>
  wrappings[algorithm] !== undefined && (algorithm === "SM2PKE") === (spec === "SM2");

/**
 * The material, for this owner (crypto/pool.ts), under the private wrapping key (PKCS#8). Undefined for what was not wrapped for it. Rejects with
 * PoolFull.
 */
export async function unwrapMaterial(
  owner: string,
  algorithm: string,
  spec: string,
  privateKey: Bytes,
  wrapped: Bytes,
): Promise<Buffer | undefined> {
  const wrapping = wrappings[algorithm];
  const chosen = wrapping && chooseAlgorithm(spec, "ENCRYPT_DECRYPT", wrapping.under);
  if (!chosen || chosen.algorithm.context) return undefined;
  const split = wrapping.twofold ? (wrappingKeyBytes[spec] ?? 0) : wrapped.length;
  if (wrapped.length < split) return undefined;
  const opened = await perform(owner, chosen, "decrypt", privateKey, wrapped.subarray(0, split));
  if (!opened) return undefined;
  if (!wrapping.twofold) return Buffer.from(opened.buffer, opened.byteOffset, opened.length);
  const material = opened.length === 32 ? unwrapPadded(opened, wrapped.subarray(split)) : undefined;
  opened.fill(0);
  return material;
}
