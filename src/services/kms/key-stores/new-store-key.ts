import { randomBytes } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { type Key, keyRowId } from "../entities.ts";
import { keyArn } from "../find-key.ts";
import { newKey, type NewKey } from "../new-key.ts";
import { usingCluster } from "./clusters.ts";
import { type ExternalKey, externalKeyRowId, type KeyStore } from "./entities.ts";
import { checkConnected } from "./find-store.ts";
import { asking, requestMetadata, storeProxy } from "./proxy.ts";

export interface StoreKeyInput {
  Origin?: string;
  KeySpec?: string;
  CustomerMasterKeySpec?: string;
  MultiRegion?: boolean;
  CustomKeyStoreId?: string;
  XksKeyId?: string;
}

const types: Readonly<Record<string, string>> = { AWS_CLOUDHSM: "cluster", EXTERNAL_KEY_STORE: "proxy" };

export const isStoreOrigin = (origin: string | undefined): boolean => Object.hasOwn(types, origin ?? "");

/** The id of the store that CreateKey names; undefined for a key without one. Throws ValidationException for members that clash. */
export function storeNamed(input: StoreKeyInput): string | undefined {
  const { Origin: origin, CustomKeyStoreId: id, XksKeyId } = input;
  if ((origin === "EXTERNAL_KEY_STORE") !== (XksKeyId !== undefined))
    refuse("ValidationException", "XksKeyId must be specified if, and only if, Origin is EXTERNAL_KEY_STORE.");
  if (!isStoreOrigin(origin)) {
    if (id !== undefined)
      refuse("ValidationException", "CustomKeyStoreId requires an Origin of AWS_CLOUDHSM or EXTERNAL_KEY_STORE.");
    return undefined;
  }
  if (id === undefined) return refuse("ValidationException", `CustomKeyStoreId is required when Origin is ${origin}.`);
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
  if (spec !== "SYMMETRIC_DEFAULT" || input.MultiRegion === true)
    refuse(
      "UnsupportedOperationException",
      "Custom key stores support single-Region keys with the SYMMETRIC_DEFAULT key spec only.",
    );
  return id;
}

export interface NewStoreKey {
  readonly key: Key;
  readonly changes: readonly Change[];
  readonly event?: object;
}

/** A key in a connected store: named by the caller in an external one, made on the token in a cluster's. */
export async function newStoreKey(
  wanted: NewKey,
  store: Entity<KeyStore>,
  input: StoreKeyInput,
  decision: Decision,
  call: Call,
): Promise<NewStoreKey> {
  const origin = input.Origin ?? "";
  if (!(types[origin]! in store.content))
    refuse("ValidationException", `Origin ${origin} is not valid for custom key store ${store.content.id}.`);
  checkConnected(store);
  const { key, changes } = newKey(wanted, { secret: randomBytes(32) }, call);
  const [, material] = changes;
  const stored: Key = { ...key, origin, customKeyStoreId: store.content.id };
  const scope = `${key.account}/${key.region}`;
  const row = (content: Key): Change =>
    call.entities.create("key", keyRowId(key.region, key.keyId), content, { scope, parent: store.row.id });
  if (origin === "EXTERNAL_KEY_STORE") {
    const xksKeyId = input.XksKeyId!;
    const taken = await checkExternalKey(xksKeyId, stored, store, decision, call);
    return { key: { ...stored, xksKeyId }, changes: [row({ ...stored, xksKeyId }), material!, taken] };
  }
  const { currentMaterialId: _, ...onToken } = stored;
  const backingKeyId = randomBytes(16).toString("hex");
  await usingCluster({ arn: keyArn(key), store }, decision, call, (cluster, pin) =>
    cluster.generateKey(pin, backingKeyId),
  );
  const made = { ...onToken, backingKeyId };
  return { key: made, changes: [row(made)], event: { backingKey: JSON.stringify({ backingKeyId }) } };
}

/** The proxy knows it, it is fit, and no other KMS key of the store has it. */
async function checkExternalKey(
  xksKeyId: string,
  key: Key,
  store: Entity<KeyStore>,
  decision: Decision,
  call: Call,
): Promise<Change> {
  const row = externalKeyRowId(store.row.id, xksKeyId);
  call.used.push(reference.row("xks-key", row));
  if (call.entities.get<ExternalKey>("xks-key", row))
    refuse(
      "XksKeyAlreadyInUseException",
      `The external key ${xksKeyId} is already associated with a KMS key in custom key store ${store.content.id}.`,
    );
  const metadata = requestMetadata("CreateKey", call, keyArn(key));
  await asking("create key", storeProxy(store, decision, call).checkKey(xksKeyId, metadata));
  const placement = { scope: `${key.account}/${key.region}`, parent: keyRowId(key.region, key.keyId) };
  return call.entities.create<ExternalKey>("xks-key", row, { keyId: key.keyId }, placement);
}
