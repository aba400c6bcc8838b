import type { Usage } from "../../crypto/algorithms.ts";
import { algorithmNames } from "../../crypto/key-specs.ts";
import type { Key } from "./entities.ts";
import { keyArn } from "./find-key.ts";

/** KeyMetadata, with what is present and what is absent as kms.md, section 1.2, has it. */
export function keyMetadata(key: Key): Record<string, unknown> {
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
    Origin: key.origin,
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    ...algorithmLists(key),
    MultiRegion: key.multiRegion,
    CurrentKeyMaterialId: key.spec === "SYMMETRIC_DEFAULT" ? key.currentMaterialId : undefined,
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

/** The record's form of an answer: lower camel case, dates as text; the account's member is spelled as in real records. */
export function recordedMetadata(key: Key): Record<string, unknown> {
  const entries = Object.entries(keyMetadata(key)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name === "AWSAccountId" ? "aWSAccountId" : name.charAt(0).toLowerCase() + name.slice(1),
      name.endsWith("Date") ? recordedDate(value as number) : value,
    ]),
  );
}

const dates = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });

/** `Aug 10, 2022, 10:38:27 PM` */
export const recordedDate = (at: number): string => dates.format(at).replaceAll("\u202f", " ");
