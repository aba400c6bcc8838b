import { type KeyObject, X509Certificate } from "node:crypto";
import { NotAttested } from "./not-attested.ts";

/** Whom attestation documents are believed: DER SubjectPublicKeyInfo of root certificates, as base64. */
export type Roots = ReadonlySet<string>;

export const publicKeyName = (certificate: X509Certificate): string =>
  certificate.publicKey.export({ format: "der", type: "spki" }).toString("base64");

const untrusted = (why: string): never => {
  throw new NotAttested(`The certificate chain of the attestation document is not valid: ${why}.`);
};

/**
 * The leaf's public key, P-384. `bundle` begins with the root and ends with the leaf's issuer, as the Nitro Security
 * Module writes it; each certificate is of its issuer, within its dates, and only the leaf is no authority. Throws
 * NotAttested, and whatever Node throws for bytes that are no certificate.
 */
export function verifyChain(leaf: Buffer, bundle: readonly Buffer[], roots: Roots, now: number): KeyObject {
  const chain = [...bundle, leaf].map((der) => certificateOf(der));
  const [root] = chain;
  if (!root || !roots.has(publicKeyName(root))) return untrusted("it does not end at a trusted root");
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[Math.max(index - 1, 0)]!;
    const last = index === chain.length - 1;
    if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime())
      return untrusted("a certificate is outside its dates");
    if (certificate.ca === last) return untrusted("a certificate is no authority, or one too many is");
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      return untrusted("a certificate is not of its issuer");
  }
  const { publicKey } = chain.at(-1)!;
  if (publicKey.asymmetricKeyDetails?.namedCurve !== "secp384r1") return untrusted("the key is not of the curve P-384");
  return publicKey;
}

/** Only DER: Node reads PEM as well, which no document holds. */
function certificateOf(der: Buffer): X509Certificate {
  const certificate = new X509Certificate(der);
  return certificate.raw.equals(der) ? certificate : untrusted("a certificate is not DER");
}
