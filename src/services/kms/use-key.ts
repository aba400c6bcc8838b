import type { Usage } from "../../crypto/algorithms.ts";
import { canonicalContext } from "../../crypto/encryption-context.ts";
import { chooseAlgorithm, type Chosen } from "../../crypto/key-specs.ts";
import { perform } from "../../crypto/pool.ts";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Decision } from "../../policy/decision.ts";
import { contextValues, type Values } from "./ask-key.ts";
import type { Key } from "./entities.ts";
import { checkState, checkUsage } from "./key-states.ts";
import { type FoundKey, type KnownKey, present } from "./find-key.ts";
import { stateIn } from "./key-stores/find-store.ts";
import { encryptInStore, storedKey, useEventData } from "./key-stores/store-cipher.ts";
import { noMaterial, openMaterial } from "./materials.ts";
import { throttled } from "./slow-work.ts";

export type Context = Readonly<Record<string, string>>;

/** The conditions of every operation that encrypts: the algorithm is visible even when it is left out. */
export const encryptionValues = (context: Context | undefined, algorithm = "SYMMETRIC_DEFAULT"): Values => [
  ["kms:encryptionalgorithm", algorithm],
  ...contextValues(context),
];

/** After the yes: the key is there, of the right usage, and in a state to be used. */
export function usable(found: FoundKey, operation: string, usage: Usage = "ENCRYPT_DECRYPT"): KnownKey {
  const known = present(found);
  const { content } = known.entity;
  checkUsage(content, known.arn, usage, operation);
  checkState({ state: stateIn(known.store, content) }, known.arn, "use");
  return known;
}

/** An algorithm of the key. Throws InvalidKeyUsageException. */
export function algorithmOf<U extends Usage>({ entity }: KnownKey, usage: U, name: string): Chosen<U> {
  const { spec } = entity.content;
  return (
    chooseAlgorithm(spec, usage, name) ??
    refuse("InvalidKeyUsageException", `Algorithm ${name} is incompatible with key spec ${spec}.`)
  );
}

/** A key that encrypts takes SYMMETRIC_DEFAULT when nothing is said, whatever its spec. */
export const encryptionOf = (key: KnownKey, name = "SYMMETRIC_DEFAULT"): Chosen<"ENCRYPT_DECRYPT"> =>
  algorithmOf(key, "ENCRYPT_DECRYPT", name);

export interface Encrypted {
  readonly blob: Uint8Array;
  /** Of a symmetric key that is not in a custom key store. */
  readonly materialId?: string;
  /** CloudTrail's additionalEventData. */
  readonly event?: object;
}

/** Under the key's current material, its public key, or in its custom key store. Throws ValidationException for what the algorithm cannot take. */
export function encryptUnder(
  decision: Decision,
  { entity, arn, store }: KnownKey,
  chosen: Chosen<"ENCRYPT_DECRYPT">,
  message: Uint8Array,
  context: Context | undefined,
  call: Call,
): Encrypted | Promise<Encrypted> {
  const key = entity.content;
  checkContext(chosen, context);
  checkLength(chosen, message);
  if (!chosen.algorithm.context)
    return throttled(perform(call.caller.facts.account, chosen, "encrypt", publicKeyOf(key), message)).then((blob) => ({
      blob,
    }));
  if (key.customKeyStoreId !== undefined)
    return encryptInStore(decision, storedKey(key, arn, store), message, context, call).then((blob) => ({
      blob,
      event: useEventData(key),
    }));
  const id = key.currentMaterialId ?? "";
  const material = openMaterial(decision, key, id, call);
  if (!material) return noMaterial(key);
  const blob = material.encrypt(message, canonicalContext(context), call.clocks.wall());
  return { blob, materialId: id, event: { keyMaterialId: id } };
}

export function checkContext({ algorithm }: Chosen<"ENCRYPT_DECRYPT">, context: Context | undefined): void {
  if (!algorithm.context && context !== undefined && Object.keys(context).length > 0)
    refuse("ValidationException", "EncryptionContext is not supported with asymmetric KMS keys.");
}

export function checkLength({ algorithm, name, spec }: Chosen<"ENCRYPT_DECRYPT">, message: Uint8Array): void {
  if (message.length > algorithm.most)
    refuse(
      "ValidationException",
      `Algorithm ${name} and key spec ${spec} cannot encrypt data larger than ${algorithm.most} bytes.`,
    );
}

/** DER SubjectPublicKeyInfo. */
export function publicKeyOf({ publicKey }: Key): Buffer {
  if (publicKey === undefined) throw new Error("a key in use has no public key");
  return Buffer.from(publicKey, "base64");
}

/** NumberOfBytes or KeySpec, exactly one (kms.md, section 2). */
export function dataKeyBytes({ NumberOfBytes, KeySpec }: { NumberOfBytes?: number; KeySpec?: string }): number {
  if ((NumberOfBytes === undefined) === (KeySpec === undefined))
    return refuse("ValidationException", "Please specify either number of bytes or key spec.");
  return NumberOfBytes ?? (KeySpec === "AES_256" ? 32 : 16);
}
