/**
 * What Encrypt answers. One format, frozen by src/crypto/ciphertext-vectors.json:
 *
 *   offset  bytes
 *        0      4  01 02 02 00, so that base64 starts with AQICA
 *        4      1  algorithm: 01 = AES-256-GCM-SIV, subkey by SP 800-108, key-committing
 *        5      1  kind of key id: 01 = UUID, 02 = mrk- and 16 bytes
 *        6     16  the key id's bytes
 *       22     32  material id
 *       54     16  derivation nonce
 *       70     12  IV
 *       82     32  commitment
 *      114      n  ciphertext, as long as the plaintext
 *    114+n     16  tag
 *
 * Everything before the ciphertext is the header; the associated data is header ‖ canonical encryption context.
 */
export const magic: Buffer = Buffer.from([0x01, 0x02, 0x02, 0x00]);
const algorithm = 0x01;

export const headerBytes = 114;
export const noncePlace = 54;
export const ivPlace = 70;
export const commitmentPlace = 82;

export interface Header {
  readonly keyId: string;
  readonly materialId: string;
  readonly nonce: Buffer;
  readonly iv: Buffer;
  readonly commitment: Buffer;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const mrk = /^mrk-[0-9a-f]{32}$/;

/** The first 54 bytes, which are the same for every message of one material. */
export function headerStart(keyId: string, materialId: string): Buffer {
  if (!uuid.test(keyId) && !mrk.test(keyId)) throw new RangeError(`"${keyId}" is no key id`);
  if (!/^[0-9a-f]{64}$/.test(materialId)) throw new RangeError("a material id is 64 hexadecimal digits");
  const multiRegion = keyId.startsWith("mrk-");
  const id = Buffer.from(multiRegion ? keyId.slice(4) : keyId.replaceAll("-", ""), "hex");
  return Buffer.concat([magic, Buffer.of(algorithm, multiRegion ? 2 : 1), id, Buffer.from(materialId, "hex")]);
}

/** Undefined for anything that this program cannot have written. */
export function parseHeader(blob: Buffer): Header | undefined {
  if (blob.length < headerBytes + 16 || blob.compare(magic, 0, 4, 0, 4) !== 0) return undefined;
  const kind = blob[5];
  if (blob[4] !== algorithm || (kind !== 1 && kind !== 2)) return undefined;
  const hex = blob.toString("hex", 6, 54);
  const id = hex.slice(0, 32);
  return {
    keyId:
      kind === 2
        ? `mrk-${id}`
        : `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`,
    materialId: hex.slice(32),
    nonce: blob.subarray(noncePlace, ivPlace),
    iv: blob.subarray(ivPlace, commitmentPlace),
    commitment: blob.subarray(commitmentPlace, headerBytes),
  };
}
