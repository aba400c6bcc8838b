import { hash, randomBytes } from "node:crypto";
import type { WeierstrassPointCons } from "@noble/curves/abstract/weierstrass.js";
import type { Agreement, Bytes } from "./algorithms.ts";
import { pointOf, scalarOf } from "./elliptic.ts";

/**
 * The curve of SM2 (GB/T 32918.5). OpenSSL makes its keys and multiplies its base point; node:crypto multiplies no other
 * point on it, so that those are noble's (SECURITY.md states its limits).
 */
export const size = 32;
export const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex");
export const numberOf = (bytes: Bytes): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
export const mod = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus;
export const sm3 = (...parts: readonly Bytes[]): Buffer => hash("sm3", Buffer.concat(parts), "buffer");

export const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
export const curve: Readonly<Record<"p" | "a" | "b" | "n" | "h" | "Gx" | "Gy", bigint>> = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: order,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};

let made: WeierstrassPointCons<bigint> | undefined;
export async function points(): Promise<WeierstrassPointCons<bigint>> {
  const { weierstrass } = await import("@noble/curves/abstract/weierstrass.js");
  return (made ??= weierstrass(curve));
}

/** Uniform in 1 … order − 1. */
export const randomScalar = (): bigint => (numberOf(randomBytes(size + 16)) % (order - 1n)) + 1n;

/**
 * x ‖ y of a point times a secret number, which is split at random, so that the time it takes tells nothing of it.
 * Undefined for bytes that are no point of the curve.
 */
export async function multiplied(point: Bytes, secret: Bytes): Promise<Buffer | undefined> {
  const Point = await points();
  let base: InstanceType<typeof Point>;
  try {
    base = Point.fromBytes(point);
  } catch {
    return undefined;
  }
  const one = randomScalar();
  const other = mod(numberOf(secret) - one, order);
  if (base.is0() || other === 0n) return undefined;
  return Buffer.from(base.multiply(one).add(base.multiply(other)).toBytes(false).subarray(1));
}

/** Raw x coordinate. The curve has cofactor 1. */
export const sm2Ecdh: Agreement = {
  derive: async (privateKey, peerPublicKey) => {
    const scalar = scalarOf("SM2", privateKey);
    try {
      return (await multiplied(pointOf("SM2", peerPublicKey), scalar))?.subarray(0, size);
    } catch {
      return undefined;
    } finally {
      scalar.fill(0);
    }
  },
};
