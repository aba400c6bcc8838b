import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { endDryRun } from "../dry-run.ts";
import { findKey, type FoundKey } from "../find-key.ts";
import { withManagedKey } from "../managed-keys.ts";
import { whenDone } from "../slow-work.ts";
import {
  checkContext,
  checkLength,
  type Context,
  encryptionOf,
  encryptionValues,
  encryptUnder,
  usable,
} from "../use-key.ts";

interface Input {
  KeyId: string;
  Plaintext: Buffer;
  EncryptionContext?: Context;
  GrantTokens?: string[];
  EncryptionAlgorithm?: string;
  DryRun?: boolean;
}

export const encrypt: Operation<Input, unknown, FoundKey> = {
  name: "Encrypt",
  readOnly: true,
  requestParameters: (input) => ({
    keyId: input.KeyId,
    encryptionAlgorithm: input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT",
    ...(input.EncryptionContext && { encryptionContext: input.EncryptionContext }),
    ...(input.DryRun !== undefined && { dryRun: input.DryRun }),
  }),
  find: (input, call) => withManagedKey(input.KeyId, call, () => findKey(input.KeyId, call, { aliases: true })),
  resources: (found) => [keyResource(found)],
  asks: (input, found, call) => [
    askKey("Encrypt", found, call, encryptionValues(input.EncryptionContext, input.EncryptionAlgorithm)),
  ],
  run: (input, found, call, [decision]) => {
    const key = usable(found, "Encrypt");
    const chosen = encryptionOf(key, input.EncryptionAlgorithm);
    checkContext(chosen, input.EncryptionContext);
    checkLength(chosen, input.Plaintext);
    endDryRun(input.DryRun);
    const encrypted = encryptUnder(decision!, key, chosen, input.Plaintext, input.EncryptionContext, call);
    return whenDone(encrypted, ({ blob, event }) => ({
      answer: { CiphertextBlob: blob, KeyId: key.arn, EncryptionAlgorithm: chosen.name },
      ...(event && { additionalEventData: event }),
    }));
  },
};
