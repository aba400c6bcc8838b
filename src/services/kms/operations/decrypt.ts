import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { findSource, type FoundSource, openSource } from "../ciphertext-key.ts";
import { endDryRun } from "../dry-run.ts";
import { whenDone } from "../slow-work.ts";
import { type Context, encryptionValues, usable } from "../use-key.ts";

interface Input {
  CiphertextBlob?: Buffer;
  EncryptionContext?: Context;
  GrantTokens?: string[];
  KeyId?: string;
  EncryptionAlgorithm?: string;
  DryRun?: boolean;
  DryRunModifiers?: string[];
}

export const decrypt: Operation<Input, unknown, FoundSource> = {
  name: "Decrypt",
  readOnly: true,
  requestParameters: (input) => ({
    encryptionAlgorithm: input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT",
    ...(input.KeyId !== undefined && { keyId: input.KeyId }),
    ...(input.EncryptionContext && { encryptionContext: input.EncryptionContext }),
    ...(input.DryRun !== undefined && { dryRun: input.DryRun }),
  }),
  find: (input, call) => findSource(input.CiphertextBlob, input.KeyId, ignoresCiphertext(input), call),
  resources: (found) => [keyResource(found)],
  asks: (input, found, call) => {
    const values = encryptionValues(input.EncryptionContext, input.EncryptionAlgorithm);
    return [askKey("Decrypt", found, call, values, found.phrase)];
  },
  run: (input, found, call, [decision]) => {
    if (ignoresCiphertext(input)) {
      usable(found, "Decrypt");
      endDryRun(true);
    }
    const how = {
      operation: "Decrypt",
      algorithm: input.EncryptionAlgorithm,
      context: input.EncryptionContext,
    };
    return whenDone(openSource(decision!, found, how, call), ({ message, materialId, arn, algorithm, event }) => {
      endDryRun(input.DryRun);
      return {
        answer: { KeyId: arn, Plaintext: message, EncryptionAlgorithm: algorithm, KeyMaterialId: materialId },
        ...(event && { additionalEventData: event }),
      };
    });
  },
};

const ignoresCiphertext = ({ DryRun, DryRunModifiers }: Input): boolean =>
  DryRun === true && DryRunModifiers?.includes("IGNORE_CIPHERTEXT") === true;
