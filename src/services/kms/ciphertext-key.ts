import { type Header, parseHeader } from "../../crypto/ciphertext.ts";
import { parseStoreCiphertext, type StoreCiphertext } from "../../crypto/store-ciphertext.ts";
import { canonicalContext } from "../../crypto/encryption-context.ts";
import { perform } from "../../crypto/pool.ts";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Decision } from "../../policy/decision.ts";
import { findKey, type FoundKey, keyArn, readKey } from "./find-key.ts";
import { storeOf } from "./key-stores/find-store.ts";
import { decryptInStore, storedKey, useEventData } from "./key-stores/store-cipher.ts";
import { openMaterial, withSecret } from "./materials.ts";
import { throttled } from "./slow-work.ts";
import { checkContext, type Context, encryptionOf, usable } from "./use-key.ts";

/** What Decrypt and ReEncrypt find: the key of the ciphertext, or the one that was named. */
export interface FoundSource extends FoundKey {
  readonly blob: Buffer | undefined;
  readonly header: Header | StoreCiphertext | undefined;
  /** How a denial names the resource when the key came from the ciphertext of another account. */
  readonly phrase?: string;
}

const unknownKey =
  "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";

/** Throws InvalidCiphertextException, and AccessDeniedException for a key that is not there (kms.md, section 1.3). */
export function findSource(
  blob: Buffer | undefined,
  keyId: string | undefined,
  ignoreCiphertext: boolean,
  call: Call,
): FoundSource {
  if (blob === undefined && !(ignoreCiphertext && keyId !== undefined))
    return refuse(
      "ValidationException",
      "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    );
  const header = blob && (parseHeader(blob) ?? parseStoreCiphertext(blob));
  if (keyId !== undefined) return { ...findKey(keyId, call, { aliases: true }), blob, header };
  if (!header) return refuse("InvalidCiphertextException", "");
  const entity = readKey(header.keyId, call);
  if (!entity) return refuse("AccessDeniedException", unknownKey);
  const { account } = entity.content;
  const store = storeOf(entity.content, call);
  const found = { entity, arn: keyArn(entity.content), account, store, blob, header };
  return account === call.caller.facts.account
    ? found
    : { ...found, phrase: "on the resource associated with this ciphertext" };
}

export interface Opened {
  readonly message: Uint8Array;
  readonly arn: string;
  readonly algorithm: string;
  /** Of a symmetric key that is not in a custom key store. */
  readonly materialId?: string;
  /** CloudTrail's additionalEventData. */
  readonly event?: object;
}

export interface Opening {
  readonly operation: string;
  readonly algorithm: string | undefined;
  readonly context: Context | undefined;
}

/** Throws IncorrectKeyException for another key's ciphertext, InvalidCiphertextException for one that does not open. */
export function openSource(
  decision: Decision,
  source: FoundSource,
  { operation, algorithm, context }: Opening,
  call: Call,
): Opened | Promise<Opened> {
  if (source.entity && source.entity.content.usage !== "ENCRYPT_DECRYPT") incorrectKey();
  const key = usable(source, operation);
  const chosen = encryptionOf(key, algorithm);
  checkContext(chosen, context);
  const { content } = key.entity;
  const { blob, header } = source;
  const opened = { arn: key.arn, algorithm: chosen.name };
  if (!chosen.algorithm.context)
    return withSecret(decision, content, call, (secret) =>
      throttled(perform(call.caller.facts.account, chosen, "decrypt", secret, blob ?? Buffer.alloc(0))),
    ).then((message) => (message ? { ...opened, message } : invalidCiphertext()));
  if (!blob || !header) return invalidCiphertext();
  if (header.keyId !== content.keyId) return incorrectKey();
  const inStore = content.customKeyStoreId !== undefined;
  if ("kind" in header) {
    if (!inStore) return invalidCiphertext();
    return decryptInStore(decision, storedKey(content, key.arn, key.store), header, context, call).then((message) =>
      message ? { ...opened, message, event: useEventData(content) } : invalidCiphertext(),
    );
  }
  // What KMS's own material of an external key encrypted was never answered to anybody.
  if (inStore) return invalidCiphertext();
  const { materialId } = header;
  const message = openMaterial(decision, content, materialId, call)?.decrypt(blob, header, canonicalContext(context));
  if (!message) return invalidCiphertext();
  return { ...opened, message, materialId, event: { keyMaterialId: materialId } };
}

const invalidCiphertext = (): never => refuse("InvalidCiphertextException", "");
const incorrectKey = (): never =>
  refuse("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");
