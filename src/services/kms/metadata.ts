import type { Usage } from "../../crypto/algorithms.ts";
import { algorithmNames } from "../../crypto/key-specs.ts";
import type { Entity } from "../../store/entities.ts";
import type { Key } from "./entities.ts";
import { keyArn } from "./find-key.ts";
import { multiRegionConfiguration } from "./related-keys.ts";
import type { KeyStore } from "./key-stores/entities.ts";
import { stateIn } from "./key-stores/find-store.ts";

/** KeyMetadata, with what is present and what is absent as kms.md, section 1.2, has it. */
export function keyMetadata(stored: Key, store?: Entity<KeyStore>): Record<string, unknown> {
  const key = { ...stored, state: stateIn(store, stored) };
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: keyArn(key),
    CreationDate: key.createdAt,
    Enabled: key.state === "Enabled",
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    DeletionDate: key.state === "PendingDeletion" ? key.deletionAt : undefined,
    PendingDeletionWindowInDays: key.state === "PendingReplicaDeletion" ? key.pendingWindowDays : undefined,
    Origin: key.origin,
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    ...algorithmLists(key),
    MultiRegion: key.multiRegion,
    MultiRegionConfiguration: multiRegionConfiguration(key),
    CurrentKeyMaterialId:
      key.spec === "SYMMETRIC_DEFAULT" && key.state !== "Creating" && !store ? key.currentMaterialId : undefined,
    ...(key.imported === true && expiry(key.expiresAt)),
    CustomKeyStoreId: key.customKeyStoreId,
    CloudHsmClusterId: store?.content.cluster?.clusterId,
    XksKeyConfiguration: key.xksKeyId === undefined ? undefined : { Id: key.xksKeyId },
  };
}

const listNames: Readonly<Record<Usage, string>> = {
  ENCRYPT_DECRYPT: "EncryptionAlgorithms",
  SIGN_VERIFY: "SigningAlgorithms",
  GENERATE_VERIFY_MAC: "MacAlgorithms",
  KEY_AGREEMENT: "KeyAgreementAlgorithms",
  ENCAPSULATE_DECAPSULATE: "EncapsulationAlgorithms",
};

/** The one list that goes with the key's usage. */
export const algorithmLists = ({ spec, usage }: Pick<Key, "spec" | "usage">): Record<string, readonly string[]> => ({
  [listNames[usage as Usage]]: algorithmNames(spec, usage),
});

/** How imported material ends: ValidTo is the earliest of all. */
const expiry = (validTo: number | undefined): object =>
  validTo === undefined
    ? { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" }
    : { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: validTo };

/** The record's form of an answer: lower camel case, dates as text; the account's member is spelled as in real records. */
export function recordedMetadata(key: Key, store?: Entity<KeyStore>): Record<string, unknown> {
  const entries = Object.entries(keyMetadata(key, store)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name === "AWSAccountId" ? "aWSAccountId" : lowerFirst(name),
      name.endsWith("Date") || name === "ValidTo" ? recordedDate(value as number) : recordedValue(value),
    ]),
  );
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** Members of members are in lower camel case too (multiRegionConfiguration). */
function recordedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(recordedValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [lowerFirst(name), recordedValue(inner)]));
}

const dates = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });

/** `Aug 10, 2022, 10:38:27 PM` */
export const recordedDate = (at: number): string => dates.format(at).replaceAll("\u202f", " ");
