import { AwsError, refuse } from "../../errors.ts";
import type { Attested } from "../../attestation/document.ts";
import type { Ask, Call, Operation, Outcome } from "../../operation.ts";
import type { Values } from "./ask-key.ts";
import { whenDone } from "./slow-work.ts";

interface RecipientInfo {
  readonly KeyEncryptionAlgorithm?: string;
  readonly AttestationDocument?: Buffer;
}

interface Input {
  Recipient?: RecipientInfo;
}

/** By the request's own Recipient: a document is verified once for each call. */
const attestedBefore = new WeakMap<RecipientInfo, Attested>();

/**
 * An operation that can answer a plaintext to an attested recipient alone: its document is verified first, what it
 * measured is seen by policies, and the plaintext leaves as CMS EnvelopedData for its public key, not as such.
 */
export function forRecipients(operation: Operation, plaintext: string): Operation {
  return {
    ...operation,
    find: (input: Input, call) => {
      attestedOf(input, call);
      return operation.find(input, call);
    },
    asks: (input: Input, found, call) => {
      const attested = attestedOf(input, call);
      const asks = operation.asks(input, found, call);
      return attested ? asks.map((ask) => withMeasurements(ask, measured(attested))) : asks;
    },
    run: (input: Input, found, call, decisions) => {
      const attested = attestedOf(input, call);
      const outcome = operation.run(input, found, call, decisions);
      return attested ? whenDone(outcome, (plain) => enveloped(plain, plaintext, attested, call)) : outcome;
    },
  };
}

/** Throws ValidationException; undefined without a Recipient. */
function attestedOf({ Recipient: recipient }: Input, call: Call): Attested | undefined {
  if (!recipient) return undefined;
  const before = attestedBefore.get(recipient);
  if (before) return before;
  if (recipient.KeyEncryptionAlgorithm !== "RSAES_OAEP_SHA_256")
    return refuse("ValidationException", "Recipient must have the KeyEncryptionAlgorithm RSAES_OAEP_SHA_256.");
  if (!recipient.AttestationDocument)
    return refuse("ValidationException", "Recipient must have an AttestationDocument.");
  let attested: Attested;
  try {
    attested = call.attestation.read(recipient.AttestationDocument, call.clocks.wall());
  } catch (error) {
    if ((error as Error).name !== "NotAttested") throw error;
    throw new AwsError("ValidationException", (error as Error).message);
  }
  attestedBefore.set(recipient, attested);
  return attested;
}

/** kms:RecipientAttestation:PCR0 and its like; ImageSha384 is an enclave's PCR0 by another name. */
function measured({ kind, pcrs }: Attested): Values {
  const prefix = kind === "enclave" ? "kms:recipientattestation:pcr" : "kms:recipientattestation:nitrotpmpcr";
  const image = kind === "enclave" ? pcrs.get(0) : undefined;
  return [
    ...[...pcrs].map(([index, value]) => [`${prefix}${index}`, value] as const),
    ...(image === undefined ? [] : [["kms:recipientattestation:imagesha384", image] as const]),
  ];
}

const withMeasurements = (ask: Ask, values: Values): Ask => ({
  ...ask,
  context: new Map([...(ask.context as ReadonlyMap<string, string | readonly string[]>), ...values]),
});

function enveloped(plain: Outcome<unknown>, member: string, attested: Attested, call: Call): Outcome<unknown> {
  const { [member]: secret, KeyMaterialId: _, ...answer } = plain.answer as Record<string, unknown>;
  if (!(secret instanceof Uint8Array)) throw new Error(`there is no ${member} to envelop`);
  const CiphertextForRecipient = call.attestation.envelop(attested, secret);
  secret.fill(0);
  return {
    ...plain,
    answer: { ...answer, CiphertextForRecipient },
    additionalEventData: { ...plain.additionalEventData, recipient: recordedRecipient(attested) },
  };
}

/** CloudTrail's additionalEventData.recipient (kms.md, section 14). */
function recordedRecipient({ kind, moduleId, pcrs }: Attested): object {
  const image = kind === "enclave" ? pcrs.get(0) : undefined;
  return {
    attestationDocumentModuleId: moduleId,
    ...(image !== undefined && { attestationDocumentEnclaveImageDigest: image }),
  };
}
