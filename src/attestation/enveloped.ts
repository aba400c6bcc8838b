import { constants, createCipheriv, createHash, type KeyObject, publicEncrypt, randomBytes } from "node:crypto";
import { der, derInteger, readPublicKey, tags } from "../crypto/der.ts";

const set = 0x31;
const explicit0 = 0xa0;
const explicit1 = 0xa1;

/** Object identifiers, encoded. */
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const envelopedData = oid("2a864886f70d010703");
const data = oid("2a864886f70d010701");
const aes256Cbc = oid("60864801650304012a");
const rsaesOaep = oid("2a864886f70d010107");
const mgf1 = oid("2a864886f70d010108");
const sha256 = oid("608648016503040201");

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(tags.sequence, ...parts);

/** id-RSAES-OAEP with SHA-256 for the hash and for the mask. */
const oaepSha256 = sequence(
  rsaesOaep,
  sequence(der(explicit0, sequence(sha256)), der(explicit1, sequence(mgf1, sequence(sha256)))),
);

/**
 * CMS EnvelopedData (RFC 5652) for one recipient that is named by its subject key identifier (SHA-1 of the key's
 * bits, RFC 5280): a fresh AES-256-CBC key under RSAES-OAEP with SHA-256. DER.
 */
export function envelopFor(recipient: KeyObject, message: Uint8Array): Buffer {
  const [key, iv] = [randomBytes(32), randomBytes(16)];
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const ciphertext = Buffer.concat([cipher.update(message), cipher.final()]);
  const oaep = { key: recipient, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const encryptedKey = publicEncrypt(oaep, key);
  key.fill(0);
  const bits = readPublicKey(recipient.export({ format: "der", type: "spki" })).key;
  const identifier = createHash("sha1").update(bits).digest();
  const version2 = derInteger(Buffer.of(2));
  const transport = sequence(version2, der(tags.implicit0, identifier), oaepSha256, der(tags.octets, encryptedKey));
  const encrypted = sequence(data, sequence(aes256Cbc, der(tags.octets, iv)), der(tags.implicit0, ciphertext));
  return sequence(envelopedData, der(explicit0, sequence(version2, der(set, transport), encrypted)));
}
