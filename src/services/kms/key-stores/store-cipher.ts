import { hash, randomBytes } from "node:crypto";
import { parseHeader } from "../../../crypto/ciphertext.ts";
import { canonicalContext, type EncryptionContext } from "../../../crypto/encryption-context.ts";
import { formatStoreCiphertext, type StoreCiphertext, storeHeader } from "../../../crypto/store-ciphertext.ts";
import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Entity } from "../../../store/entities.ts";
import type { Key } from "../entities.ts";
import { openMaterial } from "../materials.ts";
import { usingCluster } from "./clusters.ts";
import type { KeyStore } from "./entities.ts";
import { asking, requestMetadata, storeProxy } from "./proxy.ts";

/** A key whose material is in a custom key store that is connected. */
export interface StoredKey {
  readonly key: Key;
  readonly arn: string;
  readonly store: Entity<KeyStore>;
}

const tagBytes = 16;

/**
 * An external key encrypts what KMS's own material has encrypted, so that both are needed to decrypt; a key on a token
 * encrypts the message itself. Throws KMSInvalidStateException when the proxy fails, and AWS's errors for a token.
 */
export async function encryptInStore(
  decision: Decision,
  stored: StoredKey,
  message: Uint8Array,
  context: EncryptionContext | undefined,
  call: Call,
): Promise<Buffer> {
  const { key, store } = stored;
  const kind = store.content.proxy ? "external" : "token";
  const associated = associatedData(kind, key, context);
  if (kind === "external") {
    const material = openMaterial(decision, key, key.currentMaterialId ?? "", call);
    if (!material) throw new Error("a key in an external key store has no material of its own");
    const inner = material.encrypt(message, canonicalContext(context), call.clocks.wall());
    const metadata = requestMetadata(operationOf(decision), call, stored.arn);
    const client = storeProxy(store, decision, call);
    const outer = await asking("use key", client.encrypt(key.xksKeyId ?? "", inner, associated, metadata));
    return formatStoreCiphertext({ kind, keyId: key.keyId, ...outer });
  }
  const iv = randomBytes(12);
  const sealed = await usingCluster(stored, decision, call, (cluster, pin) =>
    cluster.encrypt(pin, key.backingKeyId ?? "", iv, associated, message),
  );
  const tag = sealed.subarray(sealed.length - tagBytes);
  const ciphertext = sealed.subarray(0, sealed.length - tagBytes);
  return formatStoreCiphertext({ kind, keyId: key.keyId, iv, metadata: Buffer.alloc(0), tag, ciphertext });
}

/** Undefined for what does not open under this key and context. */
export async function decryptInStore(
  decision: Decision,
  stored: StoredKey,
  blob: StoreCiphertext,
  context: EncryptionContext | undefined,
  call: Call,
): Promise<Buffer | undefined> {
  const { key, store } = stored;
  const kind = store.content.proxy ? "external" : "token";
  if (blob.kind !== kind) return undefined;
  const associated = associatedData(kind, key, context);
  if (kind === "token") {
    const sealed = Buffer.concat([blob.ciphertext, blob.tag]);
    return await usingCluster(stored, decision, call, (cluster, pin) =>
      cluster.decrypt(pin, key.backingKeyId ?? "", blob.iv, associated, sealed),
    );
  }
  const metadata = requestMetadata(operationOf(decision), call, stored.arn);
  const client = storeProxy(store, decision, call);
  const inner = await asking("use key", client.decrypt(key.xksKeyId ?? "", blob, associated, metadata));
  const header = parseHeader(inner);
  if (header?.keyId !== key.keyId) return undefined;
  return openMaterial(decision, key, header.materialId, call)?.decrypt(inner, header, canonicalContext(context));
}

/** CloudTrail's additionalEventData of every use of a key in a custom key store. */
export const useEventData = ({ customKeyStoreId, xksKeyId, backingKeyId }: Key): object => ({
  customKeyStoreId,
  ...(xksKeyId !== undefined && { xksKeyId }),
  ...(backingKeyId !== undefined && { backingKeyId }),
});

/** The call's own name, for the proxy: `ReEncrypt` asks two questions. */
const operationOf = ({ action }: Decision): string =>
  action.startsWith("kms:ReEncrypt") ? "ReEncrypt" : action.slice("kms:".length);

const associatedData = (kind: StoreCiphertext["kind"], key: Key, context: EncryptionContext | undefined): Buffer =>
  Buffer.concat([storeHeader(kind, key.keyId), hash("sha256", canonicalContext(context), "buffer")]);

/** Throws KMSInvalidStateException unless the key is in a store, and the store is connected. */
export function storedKey(key: Key, arn: string, store: Entity<KeyStore> | undefined): StoredKey {
  if (store?.content.state !== "CONNECTED") return refuse("KMSInvalidStateException", `${arn} is unavailable.`);
  return { key, arn, store };
}
