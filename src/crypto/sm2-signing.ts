import { createECDH } from "node:crypto";
import type { Bytes, Signing } from "./algorithms.ts";
import { der, derInteger, DerReader, tags } from "./der.ts";
import { pointOf, scalarOf } from "./elliptic.ts";
import { bytesOf, curve, mod, numberOf, order, points, randomScalar, size, sm3 } from "./sm2.ts";

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
    const blind = randomScalar();
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
