import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { OperatorError } from "../errors.ts";
import { publicKeyName } from "./chain.ts";
import { DevelopmentRoot, type DocumentWish } from "./development.ts";
import { type Attested, readDocument } from "./document.ts";
import { envelopFor } from "./enveloped.ts";

/** What recipients of plaintexts prove, and how they get them. */
export interface Attestation {
  /** `now`: wall clock, milliseconds. Throws NotAttested. */
  read(document: Buffer, now: number): Attested;
  /** CMS EnvelopedData that the attested key alone opens. */
  envelop(attested: Attested, message: Uint8Array): Buffer;
  /** Development mode only: a document that this installation trusts. */
  readonly make: ((wish: DocumentWish) => Buffer) | undefined;
}

/**
 * `rootFiles`: PEM certificates to trust. `developmentSecret`: 48 bytes of which a root of development mode is made,
 * trusted as well; undefined in production. Throws OperatorError.
 */
export function openAttestation(rootFiles: readonly string[], developmentSecret: Buffer | undefined): Attestation {
  const root = developmentSecret && new DevelopmentRoot(developmentSecret);
  const roots = new Set(rootFiles.map(rootIn));
  if (root) roots.add(root.publicKeyName);
  return {
    read: (document, now) => readDocument(document, roots, now),
    envelop: ({ publicKey }, message) => envelopFor(publicKey, message),
    make: root && ((wish) => root.makeDocument(wish)),
  };
}

function rootIn(file: string): string {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(file));
  } catch (error) {
    throw new OperatorError(`Cannot read the attestation root "${file}": ${(error as Error).message}`);
  }
  if (!certificate.ca || !certificate.verify(certificate.publicKey))
    throw new OperatorError(`Cannot trust the attestation root "${file}": it is no root certificate`);
  return publicKeyName(certificate);
}
