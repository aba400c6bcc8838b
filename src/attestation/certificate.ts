import { createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { der, derInteger, tags } from "../crypto/der.ts";

/** X.509 certificates for the development root: enough for a chain that `verifyChain` believes. */
export interface CertificateWish {
  readonly subject: string;
  readonly issuer: string;
  /** Private keys, P-384. */
  readonly key: KeyObject;
  readonly issuerKey: KeyObject;
  readonly authority: boolean;
  /** Milliseconds. */
  readonly from: number;
  readonly to: number;
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(tags.sequence, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const ecdsaSha384 = sequence(oid("2a8648ce3d040303"));
const commonName = oid("550403");
const basicConstraints = oid("551d13");
const keyUsage = oid("551d0f");
const yes = der(0x01, Buffer.of(0xff));

const name = (text: string): Buffer => sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(text)))));

/** UTCTime until 2049, then GeneralizedTime (RFC 5280). */
function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  return text < "2050" ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

const extension = (id: Buffer, content: Buffer): Buffer => sequence(id, yes, der(tags.octets, content));

/** DER, signed with ECDSA and SHA-384. */
export function makeCertificate({ subject, issuer, key, issuerKey, authority, from, to }: CertificateWish): Buffer {
  const serial = randomBytes(16);
  serial[0]! &= 0x7f;
  const extensions = sequence(
    extension(basicConstraints, authority ? sequence(yes) : sequence()),
    // keyCertSign, or digitalSignature.
    extension(keyUsage, authority ? der(tags.bits, Buffer.of(2, 0x04)) : der(tags.bits, Buffer.of(7, 0x80))),
  );
  const toBeSigned = sequence(
    der(0xa0, derInteger(Buffer.of(2))),
    derInteger(serial),
    ecdsaSha384,
    name(issuer),
    sequence(time(from), time(to)),
    name(subject),
    createPublicKey(key).export({ format: "der", type: "spki" }),
    der(0xa3, extensions),
  );
  const signature = sign("sha384", toBeSigned, issuerKey);
  return sequence(toBeSigned, ecdsaSha384, der(tags.bits, Buffer.of(0), signature));
}
