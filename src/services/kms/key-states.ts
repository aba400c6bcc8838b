import { refuse } from "../../errors.ts";
import type { Key } from "./entities.ts";

/** What an operation may meet (kms.md, section 1.4). `use` is every cryptographic operation. */
export type StateRule =
  | "use"
  | "grant"
  | "publicKey"
  | "manage"
  | "switch"
  | "schedule"
  | "replicate"
  | "primary"
  | "parameters"
  | "import"
  | "empty"
  | "any";

const sentences: Partial<Record<Key["state"], string>> = {
  PendingDeletion: "is pending deletion.",
  PendingReplicaDeletion: "is pending replica deletion.",
  PendingImport: "is pending import.",
  Unavailable: "is unavailable.",
  Creating: "is creating.",
  Updating: "is updating.",
};

const allowed: Record<StateRule, readonly Key["state"][]> = {
  use: ["Enabled", "Updating"],
  grant: ["Enabled", "Unavailable", "Updating"],
  publicKey: ["Enabled", "Disabled", "PendingImport", "Updating"],
  manage: ["Enabled", "Disabled", "PendingImport", "Unavailable", "Creating", "Updating"],
  switch: ["Enabled", "Disabled", "Unavailable"],
  schedule: ["Enabled", "Disabled", "PendingImport", "Unavailable", "Creating"],
  // ReplicateKey; the primary must be at rest.
  replicate: ["Enabled"],
  // What a replica may be in when it becomes the primary.
  primary: ["Enabled", "Updating", "Disabled", "PendingImport"],
  // GetParametersForImport.
  parameters: ["Enabled", "Disabled", "PendingImport"],
  // ImportKeyMaterial; a key that is going keeps going.
  import: ["Enabled", "Disabled", "PendingImport", "PendingDeletion", "PendingReplicaDeletion", "Updating"],
  // DeleteImportedKeyMaterial.
  empty: ["Enabled", "Disabled", "PendingImport", "PendingDeletion", "PendingReplicaDeletion"],
  any: [
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingReplicaDeletion",
    "PendingImport",
    "Unavailable",
    "Creating",
    "Updating",
  ],
};

/** Throws DisabledException or KMSInvalidStateException. */
export function checkState(key: Pick<Key, "state">, arn: string, rule: StateRule): void {
  if (allowed[rule].includes(key.state)) return;
  if (key.state === "Disabled") refuse("DisabledException", `${arn} is disabled.`);
  refuse("KMSInvalidStateException", `${arn} ${sentences[key.state] ?? "is not in a valid state."}`);
}

/** Throws InvalidKeyUsageException. */
export function checkUsage(key: Key, arn: string, usage: string, operation: string): void {
  if (key.usage !== usage)
    refuse("InvalidKeyUsageException", `${arn} key usage is ${key.usage} which is not valid for ${operation}.`);
}

/** AWS managed keys are managed by AWS. */
export function refuseAwsManaged(key: Key, arn: string): void {
  if (key.manager === "AWS")
    refuse("UnsupportedOperationException", `${arn} is an AWS managed key, which is not valid for this operation.`);
}

/** For operations on imported material. */
export function requireImported(key: Key, arn: string): void {
  if (key.origin !== "EXTERNAL") refuseOrigin(key, arn);
}

export function refuseOrigin(key: Key, arn: string): never {
  return refuse(
    "UnsupportedOperationException",
    `${arn} origin is ${key.origin} which is not valid for this operation.`,
  );
}
