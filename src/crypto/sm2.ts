import { createECDH, ECDH, hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Bytes, PublicKeyEncryption, Signing } from "./algorithms.ts";
import { der, derInteger, DerReader, tags } from "./der.ts";
import { pointOf, scalarOf } from "./elliptic.ts";

/**
 * SM2 (GB/T 32918, ISO/IEC 14888-3): signatures with the identity that KMS uses, and encryption. Scalars are multiplied
 * by OpenSSL wherever a secret is one of them; points are added by noble, on public values alone.
 */
const size = 32;
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex");
const numberOf = (bytes: Bytes): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const mod = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus;

const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: order,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};

const makePoints = async () => (await import("@noble/curves/abstract/weierstrass.js")).weierstrass(curve);
let made: ReturnType<typeof makePoints> | undefined;
const points = () => (made ??= makePoints());

const sm3 = (...parts: readonly Bytes[]): Buffer => hash("sm3", Buffer.concat(parts), "buffer");

/** e: the digest of the signer's identity, curve and public key with the message (GB/T 32918.2, section 5.5). */
const identity = Buffer.from("1234567812345678");
function digestOf(point: Bytes, message: Bytes): Buffer {
  const { a, b, Gx, Gy } = curve;
  const parameters = [a, b, Gx, Gy].map(bytesOf);
  const signer = sm3(Buffer.of(0, identity.length * 8), identity, ...parameters, point.subarray(1));
  return sm3(signer, message);
}

export const sm2Dsa: Signing = {
  messages: { RAW: null, DIGEST: 32 },
  sign: (privateKey, message, type) => {
    const scalar = scalarOf("SM2", privateKey);
    const e = numberOf(type === "RAW" ? digestOf(publicPoint(scalar), message) : message);
    const d = numberOf(scalar);
    scalar.fill(0);
    return signatureOf(e, d);
  },
  verify: async (publicKey, message, type, signature) => {
    const point = pointOf("SM2", publicKey);
    const e = numberOf(type === "RAW" ? digestOf(point, message) : message);
    const parts = readSignature(signature);
    if (!parts) return false;
    const [r, s] = parts;
    const t = mod(r + s, order);
    if (t === 0n) return false;
    const Point = await points();
    const sum = Point.BASE.multiplyUnsafe(s).add(Point.fromBytes(point).multiplyUnsafe(t));
    return !sum.is0() && mod(e + sum.toAffine().x, order) === r;
  },
};

function signatureOf(e: bigint, d: bigint): Buffer {
  for (;;) {
    const once = createECDH("SM2");
    const x = numberOf(once.generateKeys().subarray(1, 1 + size));
    const k = numberOf(once.getPrivateKey());
    const r = mod(e + x, order);
    // s = (1 + d)⁻¹ (k − r d); the inverse is taken of a random multiple, so that its time tells nothing of d.
    const blind = (numberOf(randomBytes(size + 8)) % (order - 1n)) + 1n;
    const s = mod(mod(k - r * d, order) * blind * inverse(mod(blind * (1n + d), order)), order);
    if (r !== 0n && r + k !== order && s !== 0n)
      return der(tags.sequence, derInteger(bytesOf(r)), derInteger(bytesOf(s)));
  }
}

function readSignature(signature: Bytes): readonly [r: bigint, s: bigint] | undefined {
  try {
    const outer = new DerReader(signature);
    const inner = outer.sequence();
    outer.end();
    const [r, s] = [numberOf(inner.unsigned(size)), numberOf(inner.unsigned(size))];
    inner.end();
    return r > 0n && r < order && s > 0n && s < order ? [r, s] : undefined;
  } catch {
    return undefined;
  }
}

/** Modulo the order, by Euclid. */
function inverse(value: bigint): bigint {
  let [low, high] = [1n, 0n];
  let [rest, next] = [value, order];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [low, high] = [high, low - quotient * high];
  }
  return mod(low, order);
}

function publicPoint(scalar: Bytes): Buffer {
  const pair = createECDH("SM2");
  pair.setPrivateKey(scalar);
  return pair.getPublicKey();
}

/**
 * SM2PKE (GB/T 32918.4): SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, ciphertext OCTET STRING }, the form of
 * GM/T 0009 that OpenSSL and KMS have.
 */
export const sm2Pke: PublicKeyEncryption = {
  context: false,
  most: 1024,
  encrypt: async (publicKey, message) => {
    const peer = (await points()).fromBytes(pointOf("SM2", publicKey));
    for (;;) {
      const once = createECDH("SM2");
      const first = once.generateKeys();
      const shared = Buffer.from(peer.multiply(numberOf(once.getPrivateKey())).toBytes(false).subarray(1));
      const mask = maskOf(shared, message.length);
      // A mask of zeros would send the message in the clear (step A5); it happens to short messages.
      if (mask.every((byte) => byte === 0)) continue;
      const check = sm3(shared.subarray(0, size), message, shared.subarray(size));
      const [x, y] = [first.subarray(1, 1 + size), first.subarray(1 + size)];
      return der(
        tags.sequence,
        derInteger(x),
        derInteger(y),
        der(tags.octets, check),
        der(tags.octets, xor(message, mask)),
      );
    }
  },
  decrypt: (privateKey, ciphertext) => {
    const parts = readCiphertext(ciphertext);
    if (!parts) return undefined;
    const agreement = createECDH("SM2");
    const scalar = scalarOf("SM2", privateKey);
    agreement.setPrivateKey(scalar);
    scalar.fill(0);
    let x: Buffer;
    try {
      x = agreement.computeSecret(Buffer.concat([Buffer.of(4), parts.x, parts.y]));
    } catch {
      return undefined;
    }
    return [2, 3].map((sign) => opened(x, sign, parts)).find((message) => message !== undefined);
  },
};

interface Ciphertext {
  readonly x: Buffer;
  readonly y: Buffer;
  readonly check: Bytes;
  readonly masked: Bytes;
}

/** OpenSSL gives the shared x; y is one of two, and the check tells which. */
function opened(x: Buffer, sign: number, { check, masked }: Ciphertext): Buffer | undefined {
  const point = ECDH.convertKey(Buffer.concat([Buffer.of(sign), x]), "SM2", undefined, undefined, "uncompressed");
  const shared = Buffer.from(point as Buffer).subarray(1);
  const message = xor(masked, maskOf(shared, masked.length));
  const expected = sm3(shared.subarray(0, size), message, shared.subarray(size));
  return timingSafeEqual(expected, check) ? message : undefined;
}

function readCiphertext(bytes: Bytes): Ciphertext | undefined {
  try {
    const outer = new DerReader(bytes);
    const inner = outer.sequence();
    outer.end();
    const [x, y] = [inner.unsigned(size), inner.unsigned(size)];
    const [check, masked] = [inner.value(tags.octets), inner.value(tags.octets)];
    inner.end();
    return check.length === size && masked.length > 0 ? { x, y, check, masked } : undefined;
  } catch {
    return undefined;
  }
}

/** The key derivation of GB/T 32918.4, section 5.4.3: SM3 in counter mode, from 1. */
function maskOf(shared: Bytes, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 1; blocks.length * 32 < length; counter++) {
    const suffix = Buffer.alloc(4);
    suffix.writeUInt32BE(counter);
    blocks.push(sm3(shared, suffix));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

const xor = (one: Bytes, other: Bytes): Buffer => Buffer.from(one.map((byte, index) => byte ^ other[index]!));
