import { createECDH, diffieHellman, generateKeyPairSync, sign, verify } from "node:crypto";
import type { Agreement, Bytes, KeyPair, Pairs, Signing } from "./algorithms.ts";
import { der, derInteger, DerReader, readPrivateKey, readPublicKey, tags } from "./der.ts";
import { pairOf, privateKeyOf, publicKeyOf } from "./key-objects.ts";

/** OpenSSL's name of a curve, the bytes of a coordinate, and the AlgorithmIdentifier of its keys: named curves only. */
export const curves = {
  "P-256": { native: "prime256v1", bytes: 32, algorithm: "301306072a8648ce3d020106082a8648ce3d030107" },
  "P-384": { native: "secp384r1", bytes: 48, algorithm: "301006072a8648ce3d020106052b81040022" },
  "P-521": { native: "secp521r1", bytes: 66, algorithm: "301006072a8648ce3d020106052b81040023" },
  secp256k1: { native: "secp256k1", bytes: 32, algorithm: "301006072a8648ce3d020106052b8104000a" },
  SM2: { native: "SM2", bytes: 32, algorithm: "301306072a8648ce3d020106082a811ccf5501822d" },
} as const;
export type Curve = keyof typeof curves;

const isOf = (curve: Curve, algorithm: Bytes): boolean =>
  Buffer.from(algorithm).toString("hex") === curves[curve].algorithm;

/** The point of a public key. Throws NotDer for a key of another kind; whether it is on the curve is OpenSSL's to say. */
export function pointOf(curve: Curve, spki: Bytes): Bytes {
  const { algorithm, key } = readPublicKey(spki);
  if (!isOf(curve, algorithm)) throw new RangeError(`a public key that is not on ${curve}`);
  return key;
}

/** The private number of a PKCS#8 key, as long as a coordinate. The caller wipes it. */
export function scalarOf(curve: Curve, pkcs8: Bytes): Buffer {
  const { algorithm, key } = readPrivateKey(pkcs8);
  if (!isOf(curve, algorithm)) throw new RangeError(`a private key that is not on ${curve}`);
  const inner = new DerReader(key).sequence();
  inner.value(tags.integer);
  const scalar = inner.value(tags.octets);
  const { bytes } = curves[curve];
  if (scalar.length > bytes) throw new RangeError("a private number longer than its curve's order");
  const padded = Buffer.alloc(bytes);
  padded.set(scalar, bytes - scalar.length);
  return padded;
}

export const ellipticPairs = (curve: Curve): Pairs => ({
  generate: () => pairOf(generateKeyPairSync("ec", { namedCurve: curves[curve].native })),
  publicKeyOf: (pkcs8) => readPair(curve, pkcs8)?.publicKey,
  read: (pkcs8) => readPair(curve, pkcs8),
});

/** Of what stands in the bytes, the private number alone counts. */
function readPair(curve: Curve, pkcs8: Bytes): KeyPair | undefined {
  try {
    const scalar = scalarOf(curve, pkcs8);
    const agreement = createECDH(curves[curve].native);
    agreement.setPrivateKey(scalar);
    const point = agreement.getPublicKey();
    const privateKey = pkcs8Of(curve, scalar, point);
    scalar.fill(0);
    return { publicKey: spkiOf(curve, point), privateKey };
  } catch {
    return undefined;
  }
}

/** RFC 5915 in RFC 5958, with the public key, as OpenSSL writes it. */
function pkcs8Of(curve: Curve, scalar: Bytes, point: Bytes): Buffer {
  const inner = der(
    tags.sequence,
    derInteger(Buffer.of(1)),
    der(tags.octets, scalar),
    der(tags.explicit1, der(tags.bits, Buffer.of(0), point)),
  );
  const algorithm = Buffer.from(curves[curve].algorithm, "hex");
  const whole = der(tags.sequence, derInteger(Buffer.of(0)), algorithm, der(tags.octets, inner));
  inner.fill(0);
  return whole;
}

/** The uncompressed point as SubjectPublicKeyInfo. */
function spkiOf(curve: Curve, point: Bytes): Buffer {
  return der(tags.sequence, Buffer.from(curves[curve].algorithm, "hex"), der(tags.bits, Buffer.of(0), point));
}

/** Raw x coordinate. Every curve of these has cofactor 1, so that plain ECDH is cofactor ECDH. */
export const ecdh = (curve: NobleCurve): Agreement => ({
  derive: (privateKey, peerPublicKey) => {
    const key = privateKeyOf(privateKey);
    try {
      pointOf(curve, peerPublicKey);
      return diffieHellman({ privateKey: key, publicKey: publicKeyOf(peerPublicKey) });
    } catch {
      return undefined;
    }
  },
});

/**
 * ECDSA with DER signatures (RFC 3279). OpenSSL signs and verifies messages; node:crypto cannot be given a digest, so
 * that digests are noble's (SECURITY.md states its limits).
 */
export const ecdsa = (curve: NobleCurve, hash: "sha256" | "sha384" | "sha512"): Signing => ({
  messages: { RAW: null, DIGEST: Number(hash.slice(3)) / 8 },
  sign: async (privateKey, message, type) => {
    if (type === "RAW") return sign(hash, message, privateKeyOf(privateKey));
    const scalar = scalarOf(curve, privateKey);
    const noble = await nobleCurves[curve]();
    const signature = noble.sign(message, scalar, { ...asGiven, extraEntropy: true });
    scalar.fill(0);
    return signature;
  },
  verify: async (publicKey, message, type, signature) => {
    if (type === "RAW") return verify(hash, message, publicKeyOf(publicKey), signature);
    const noble = await nobleCurves[curve]();
    try {
      return noble.verify(signature, message, pointOf(curve, publicKey), asGiven);
    } catch {
      return false;
    }
  },
});

/** The digest is signed as it is, and both values of s are good, as they are for OpenSSL. */
const asGiven = { prehash: false, lowS: false, format: "der" } as const;

type NobleCurve = Exclude<Curve, "SM2">;
const nobleCurves = {
  "P-256": async () => (await import("@noble/curves/nist.js")).p256,
  "P-384": async () => (await import("@noble/curves/nist.js")).p384,
  "P-521": async () => (await import("@noble/curves/nist.js")).p521,
  secp256k1: async () => (await import("@noble/curves/secp256k1.js")).secp256k1,
} as const;
