import type { TestServer } from "./kit.ts";
import type { KeyCase } from "./condition-keys-table.ts";
import { generateKeyPairSync } from "node:crypto";

/** What the documents of these cases measure. */
const measured: ReadonlyMap<number, string> = new Map(
  [0, 4, 8, 23, 31].map((index) => [index, Buffer.alloc(48, 0xa0 + index).toString("hex")]),
);

/** In a case's input, for a document that `recipientOf` makes. */
const Recipient = "attested";
const tpm = "attested by a NitroTPM";
const attested = { input: { Recipient } };
const random = { input: { NumberOfBytes: 8, Recipient } };

const is = (index: number) => ({ is: measured.get(index)!, isNot: "00".repeat(48) });

/** kms:RecipientAttestation:* of every operation that has a recipient. */
export const recipientKeyCases: readonly KeyCase[] = [
  { key: "kms:RecipientAttestation:ImageSha384", operation: "Decrypt", ...attested, ...is(0) },
  { key: "kms:RecipientAttestation:ImageSha384", operation: "GenerateRandom", in: "iam", ...random, ...is(0) },
  { key: "kms:RecipientAttestation:PCR0", operation: "GenerateDataKey", ...attested, ...is(0) },
  { key: "kms:RecipientAttestation:PCR8", operation: "GenerateDataKeyPair", ...attested, ...is(8) },
  { key: "kms:RecipientAttestation:PCR31", operation: "DeriveSharedSecret", ...attested, ...is(31) },
  { key: "kms:RecipientAttestation:NitroTPMPCR4", operation: "Decrypt", input: { Recipient: tpm }, ...is(4) },
  { key: "kms:RecipientAttestation:NitroTPMPCR23", operation: "GenerateDataKey", input: { Recipient: tpm }, ...is(23) },
];

/** The Recipient that a case's input means. */
export function recipientOf(meant: unknown, { house: { attestation, clocks } }: TestServer): object {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kind = meant === tpm ? "nitro-tpm" : "enclave";
  const measurements = [...measured].filter(([index]) => kind === "enclave" || index <= 23);
  const AttestationDocument = attestation.make!({
    moduleId: "i-0-enc0",
    kind,
    pcrs: new Map(measurements.map(([index, value]) => [index, Buffer.from(value, "hex")])),
    publicKey: publicKey.export({ format: "der", type: "spki" }),
    now: clocks.wall(),
  });
  return { KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256", AttestationDocument };
}
