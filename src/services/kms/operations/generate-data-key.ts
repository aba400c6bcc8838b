import { randomBytes } from "node:crypto";
import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { endDryRun } from "../dry-run.ts";
import { findKey, type FoundKey } from "../find-key.ts";
import { withManagedKey } from "../managed-keys.ts";
import { whenDone } from "../slow-work.ts";
import { type Context, dataKeyBytes, encryptionOf, encryptionValues, encryptUnder, usable } from "../use-key.ts";

interface Input {
  KeyId: string;
  EncryptionContext?: Context;
  NumberOfBytes?: number;
  KeySpec?: string;
  GrantTokens?: string[];
  DryRun?: boolean;
}

/** GenerateDataKey and its twin differ in whether the plaintext is answered. */
const generating = (name: string, plaintext: boolean): Operation<Input, unknown, FoundKey> => ({
  name,
  readOnly: true,
  requestParameters: (input) => ({
    keyId: input.KeyId,
    ...(input.KeySpec !== undefined && { keySpec: input.KeySpec }),
    ...(input.NumberOfBytes !== undefined && { numberOfBytes: input.NumberOfBytes }),
    ...(input.EncryptionContext && { encryptionContext: input.EncryptionContext }),
    ...(input.DryRun !== undefined && { dryRun: input.DryRun }),
  }),
  find: (input, call) => {
    dataKeyBytes(input);
    return withManagedKey(input.KeyId, call, () => findKey(input.KeyId, call, { aliases: true }));
  },
  resources: (found) => [keyResource(found)],
  asks: (input, found, call) => [askKey(name, found, call, encryptionValues(input.EncryptionContext))],
  run: (input, found, call, [decision]) => {
    const key = usable(found, name);
    const chosen = encryptionOf(key);
    endDryRun(input.DryRun);
    const dataKey = randomBytes(dataKeyBytes(input));
    const encrypted = encryptUnder(decision!, key, chosen, dataKey, input.EncryptionContext, call);
    return whenDone(encrypted, ({ blob, materialId, event = {} }) => ({
      answer: {
        CiphertextBlob: blob,
        ...(plaintext && { Plaintext: dataKey }),
        KeyId: key.arn,
        KeyMaterialId: materialId,
      },
      additionalEventData: event,
    }));
  },
});

export const generateDataKey: Operation = generating("GenerateDataKey", true);
export const generateDataKeyWithoutPlaintext: Operation = generating("GenerateDataKeyWithoutPlaintext", false);
