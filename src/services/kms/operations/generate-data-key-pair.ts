import { makePair } from "../../../crypto/pool.ts";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { endDryRun } from "../dry-run.ts";
import { findKey, type FoundKey, type KnownKey, present } from "../find-key.ts";
import { withManagedKey } from "../managed-keys.ts";
import { throttled, whenDone } from "../slow-work.ts";
import { type Context, encryptionOf, encryptionValues, encryptUnder, usable } from "../use-key.ts";

interface Input {
  KeyId: string;
  KeyPairSpec: string;
  EncryptionContext?: Context;
  GrantTokens?: string[];
  DryRun?: boolean;
}

/** GenerateDataKeyPair and its twin differ in whether the private key is answered in the clear. */
const generating = (name: string, plaintext: boolean): Operation<Input, unknown, FoundKey> => ({
  name,
  readOnly: true,
  requestParameters: (input) => ({
    keyId: input.KeyId,
    keyPairSpec: input.KeyPairSpec,
    ...(input.EncryptionContext && { encryptionContext: input.EncryptionContext }),
    ...(input.DryRun !== undefined && { dryRun: input.DryRun }),
  }),
  find: (input, call) => withManagedKey(input.KeyId, call, () => findKey(input.KeyId, call, { aliases: true })),
  resources: (found) => [keyResource(found)],
  asks: (input, found, call) => [
    askKey(name, found, call, [
      ["kms:datakeypairspec", input.KeyPairSpec],
      ...encryptionValues(input.EncryptionContext),
    ]),
  ],
  run: async (input, found, call, [decision]) => {
    refuseCustomStore(present(found));
    const key = usable(found, name);
    const chosen = encryptionOf(key);
    endDryRun(input.DryRun);
    const { privateKey, publicKey } = await throttled(makePair(call.caller.facts.account, input.KeyPairSpec));
    const encrypted = encryptUnder(decision!, key, chosen, privateKey, input.EncryptionContext, call);
    if (!plaintext) privateKey.fill(0);
    return whenDone(encrypted, ({ blob, materialId = "" }) => ({
      answer: {
        PrivateKeyCiphertextBlob: blob,
        ...(plaintext && { PrivateKeyPlaintext: privateKey }),
        PublicKey: publicKey,
        KeyId: key.arn,
        KeyPairSpec: input.KeyPairSpec,
        KeyMaterialId: materialId,
      },
      additionalEventData: { keyMaterialId: materialId },
    }));
  },
});

/** Keys of custom key stores make no data key pairs (kms.md, section 1.4, note 7), in whatever state. */
function refuseCustomStore({ entity, arn }: KnownKey): void {
  const { origin } = entity.content;
  if (origin === "AWS_CLOUDHSM" || origin === "EXTERNAL_KEY_STORE")
    refuse("UnsupportedOperationException", `${arn} origin is ${origin} which is not valid for this operation.`);
}

export const generateDataKeyPair: Operation = generating("GenerateDataKeyPair", true);
export const generateDataKeyPairWithoutPlaintext: Operation = generating("GenerateDataKeyPairWithoutPlaintext", false);
