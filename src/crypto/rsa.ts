import {
  constants,
  generateKeyPairSync,
  hash,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import type { Bytes, MessageType, Pairs, PublicKeyEncryption, Signing } from "./algorithms.ts";
import { maskOf, xor } from "./mask.ts";
import { isSound } from "./rsa-private-key.ts";
import { nativePairs, privateKeyOf, publicKeyOf } from "./key-objects.ts";

/** Digest length and the start of PKCS#1's DigestInfo (RFC 8017, section 9.2, note 1). */
const hashes = {
  sha1: { bytes: 20, info: "3021300906052b0e03021a05000414" },
  sha256: { bytes: 32, info: "3031300d060960864801650304020105000420" },
  sha384: { bytes: 48, info: "3041300d060960864801650304020205000430" },
  sha512: { bytes: 64, info: "3051300d060960864801650304020305000440" },
} as const;
type Hash = keyof typeof hashes;

/** RFC 8017, appendix A.1; its parameters are NULL, and some leave them out. */
const rsaEncryption = ["300d06092a864886f70d0101010500", "300b06092a864886f70d010101"];

export const rsaPairs = (bits: number): Pairs =>
  nativePairs(
    () => generateKeyPairSync("rsa", { modulusLength: bits }),
    (key) => key.asymmetricKeyType === "rsa" && key.asymmetricKeyDetails?.modulusLength === bits,
    { algorithms: rsaEncryption, sound: (pkcs8) => isSound(pkcs8, bits) },
  );

/** RSAES-OAEP with the same hash in MGF1 and an empty label. */
export function oaep(name: "sha1" | "sha256", bits: number): PublicKeyEncryption {
  const settings = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: name };
  return {
    context: false,
    most: bits / 8 - 2 * hashes[name].bytes - 2,
    encrypt: (publicKey, message) => publicEncrypt({ key: publicKeyOf(publicKey), ...settings }, message),
    decrypt: (privateKey, ciphertext) => {
      if (ciphertext.length !== bits / 8) return undefined;
      const key = privateKeyOf(privateKey);
      try {
        return privateDecrypt({ key, ...settings }, ciphertext);
      } catch {
        return undefined;
      }
    },
  };
}

/** RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2). */
export function pkcs1(name: Hash, bits: number): Signing {
  const info = Buffer.from(hashes[name].info, "hex");
  const encode = (digest: Bytes): Buffer => {
    const padding = Buffer.alloc(bits / 8 - info.length - digest.length - 3, 0xff);
    return Buffer.concat([Buffer.of(0, 1), padding, Buffer.of(0), info, digest]);
  };
  return rsaSigning(name, bits, encode, (digest, encoded) => timingSafeEqual(encode(digest), encoded));
}

/** RSASSA-PSS with a salt as long as the digest, and the same hash in MGF1 (RFC 8017, section 8.1). */
export function pss(name: Hash, bits: number): Signing {
  const size = hashes[name].bytes;
  const length = bits / 8;
  const marked = (digest: Bytes, salt: Bytes) => hash(name, Buffer.concat([Buffer.alloc(8), digest, salt]), "buffer");
  const encode = (digest: Bytes): Buffer => {
    const salt = randomBytes(size);
    const mark = marked(digest, salt);
    const block = Buffer.concat([Buffer.alloc(length - 2 * size - 2), Buffer.of(1), salt]);
    const masked = xor(block, maskOf(name, mark, block.length, 0));
    masked[0]! &= 0x7f;
    return Buffer.concat([masked, mark, Buffer.of(0xbc)]);
  };
  const holds = (digest: Bytes, encoded: Buffer): boolean => {
    const masked = encoded.subarray(0, length - size - 1);
    const mark = encoded.subarray(length - size - 1, length - 1);
    if (encoded[length - 1] !== 0xbc || masked[0]! >= 0x80) return false;
    const block = xor(masked, maskOf(name, mark, masked.length, 0));
    block[0]! &= 0x7f;
    const saltAt = block.length - size;
    const zeros = block.subarray(0, saltAt - 1).every((byte) => byte === 0);
    return zeros && block[saltAt - 1] === 1 && timingSafeEqual(marked(digest, block.subarray(saltAt)), mark);
  };
  return rsaSigning(name, bits, encode, holds);
}

/**
 * One path for RAW and DIGEST: OpenSSL does the private-key step (blinded, its result checked), the padding is made
 * here, because node:crypto pads only what it has hashed itself.
 */
function rsaSigning(
  name: Hash,
  bits: number,
  encode: (digest: Bytes) => Buffer,
  holds: (digest: Bytes, encoded: Buffer) => boolean,
): Signing {
  const padding = constants.RSA_NO_PADDING;
  const digestOf = (message: Bytes, type: MessageType): Bytes =>
    type === "RAW" ? hash(name, message, "buffer") : message;
  return {
    messages: { RAW: null, DIGEST: hashes[name].bytes },
    sign: (privateKey, message, type) =>
      privateEncrypt({ key: privateKeyOf(privateKey), padding }, encode(digestOf(message, type))),
    verify: (publicKey, message, type, signature) => {
      if (signature.length !== bits / 8) return false;
      const key = publicKeyOf(publicKey);
      let encoded: Buffer;
      try {
        encoded = publicDecrypt({ key, padding }, signature);
      } catch {
        return false;
      }
      return holds(digestOf(message, type), encoded);
    },
  };
}
