import type { Bytes } from "./algorithms.ts";
import { DerReader, readPrivateKey } from "./der.ts";

/** FIPS 186-5, appendix A.1.1: no public exponent is longer. */
const exponentBytes = 32;

/**
 * Whether the numbers of an RSA private key (PKCS#8, RFC 8017, appendix A.1.2) belong together: a key whose parts
 * contradict each other would sign nonsense, and one with an endless exponent would keep a thread for minutes. Whether
 * its primes are prime is its owner's to know. Throws NotDer.
 */
export function isSound(pkcs8: Bytes, bits: number): boolean {
  const parts = new DerReader(readPrivateKey(pkcs8).key).sequence();
  const number = (size: number): bigint => BigInt(`0x${parts.unsigned(size).toString("hex")}`);
  const [whole, half] = [bits / 8, bits / 16];
  const version = number(1);
  const [modulus, e, d] = [number(whole), number(exponentBytes), number(whole)];
  const [p, q, dp, dq, inverse] = [number(half), number(half), number(half), number(half), number(half)];
  parts.end();
  if (version !== 0n || e < 3n || p <= 2n || q <= 2n || p * q !== modulus) return false;
  const undoes = (one: bigint) => (d * e) % (one - 1n) === 1n;
  return undoes(p) && undoes(q) && dp === d % (p - 1n) && dq === d % (q - 1n) && (inverse * q) % p === 1n;
}
