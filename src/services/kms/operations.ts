import type { Operation, Operations } from "../../operation.ts";
import { checkingTokens } from "./grants/tokens.ts";
import { forRecipients } from "./recipient.ts";
import { charging } from "./quotas/charging.ts";
import { createAlias, deleteAlias, updateAlias } from "./operations/aliases.ts";
import {
  cancelKeyDeletion,
  disableKey,
  enableKey,
  scheduleKeyDeletion,
  tagResource,
  untagResource,
  updateKeyDescription,
} from "./operations/change-key.ts";
import { createGrant } from "./operations/create-grant.ts";
import {
  connectCustomKeyStore,
  deleteCustomKeyStore,
  disconnectCustomKeyStore,
} from "./operations/change-custom-key-store.ts";
import { createCustomKeyStore } from "./operations/create-custom-key-store.ts";
import { createKey } from "./operations/create-key.ts";
import { decrypt } from "./operations/decrypt.ts";
import { deriveSharedSecret } from "./operations/derive-shared-secret.ts";
import { describeCustomKeyStores } from "./operations/describe-custom-key-stores.ts";
import { describeKey } from "./operations/describe-key.ts";
import { decapsulate, encapsulate } from "./operations/encapsulation.ts";
import { encrypt } from "./operations/encrypt.ts";
import { retireGrant, revokeGrant } from "./operations/end-grant.ts";
import { generateDataKey, generateDataKeyWithoutPlaintext } from "./operations/generate-data-key.ts";
import { generateDataKeyPair, generateDataKeyPairWithoutPlaintext } from "./operations/generate-data-key-pair.ts";
import { generateRandom } from "./operations/generate-random.ts";
import { getPublicKey } from "./operations/get-public-key.ts";
import { listGrants, listRetirableGrants } from "./operations/list-grants.ts";
import { generateMac, verifyMac } from "./operations/macs.ts";
import { putKeyPolicy } from "./operations/put-key-policy.ts";
import { disableKeyRotation, enableKeyRotation, rotateKeyOnDemand } from "./operations/rotate-key.ts";
import { getKeyRotationStatus, listKeyRotations } from "./operations/read-rotation.ts";
import { getKeyLastUsage } from "./operations/get-key-last-usage.ts";
import { reEncrypt } from "./operations/re-encrypt.ts";
import { getKeyPolicy, listAliases, listKeyPolicies, listKeys, listResourceTags } from "./operations/read-key.ts";
import { replicateKey } from "./operations/replicate-key.ts";
import { sign } from "./operations/sign.ts";
import { deleteImportedKeyMaterial } from "./operations/delete-imported-key-material.ts";
import { getParametersForImport } from "./operations/get-parameters-for-import.ts";
import { importKeyMaterial } from "./operations/import-key-material.ts";
import { updatePrimaryRegion } from "./operations/update-primary-region.ts";
import { verify } from "./operations/verify.ts";
import { updateCustomKeyStore } from "./operations/update-custom-key-store.ts";

const all: readonly Operation[] = [
  cancelKeyDeletion,
  connectCustomKeyStore,
  createAlias,
  createGrant,
  createCustomKeyStore,
  createKey,
  decapsulate,
  decrypt,
  deleteAlias,
  deleteImportedKeyMaterial,
  deriveSharedSecret,
  describeKey,
  disableKey,
  disableKeyRotation,
  deleteCustomKeyStore,
  describeCustomKeyStores,
  disconnectCustomKeyStore,
  enableKey,
  enableKeyRotation,
  encapsulate,
  encrypt,
  generateDataKey,
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
  generateDataKeyWithoutPlaintext,
  generateMac,
  generateRandom,
  getKeyLastUsage,
  getKeyPolicy,
  getKeyRotationStatus,
  getParametersForImport,
  getPublicKey,
  importKeyMaterial,
  listAliases,
  listGrants,
  listKeyPolicies,
  listKeyRotations,
  listKeys,
  listResourceTags,
  listRetirableGrants,
  putKeyPolicy,
  reEncrypt,
  replicateKey,
  retireGrant,
  revokeGrant,
  rotateKeyOnDemand,
  scheduleKeyDeletion,
  sign,
  tagResource,
  untagResource,
  updateAlias,
  updateCustomKeyStore,
  updateKeyDescription,
  updatePrimaryRegion,
  verify,
  verifyMac,
];

/** The operations that take a Recipient, and the member of the answer that is for it alone. */
const recipientMembers: Readonly<Record<string, string>> = {
  Decrypt: "Plaintext",
  DeriveSharedSecret: "SharedSecret",
  GenerateDataKey: "Plaintext",
  GenerateDataKeyPair: "PrivateKeyPlaintext",
  GenerateRandom: "Plaintext",
};

export const kmsOperations: Operations = new Map(
  all.map((operation) => {
    const plaintext = recipientMembers[operation.name];
    const whole = plaintext === undefined ? operation : forRecipients(operation, plaintext);
    return [operation.name, checkingTokens(charging(whole))];
  }),
);
