import type { Operation, Operations } from "../../operation.ts";
import { checkingTokens } from "./grants/tokens.ts";
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
import { createKey } from "./operations/create-key.ts";
import { decrypt } from "./operations/decrypt.ts";
import { describeKey } from "./operations/describe-key.ts";
import { encrypt } from "./operations/encrypt.ts";
import { retireGrant, revokeGrant } from "./operations/end-grant.ts";
import { generateDataKey, generateDataKeyWithoutPlaintext } from "./operations/generate-data-key.ts";
import { generateRandom } from "./operations/generate-random.ts";
import { listGrants, listRetirableGrants } from "./operations/list-grants.ts";
import { putKeyPolicy } from "./operations/put-key-policy.ts";
import { reEncrypt } from "./operations/re-encrypt.ts";
import {
  getKeyPolicy,
  getKeyRotationStatus,
  listAliases,
  listKeyPolicies,
  listKeys,
  listResourceTags,
} from "./operations/read-key.ts";

const all: readonly Operation[] = [
  cancelKeyDeletion,
  createAlias,
  createGrant,
  createKey,
  decrypt,
  deleteAlias,
  describeKey,
  disableKey,
  enableKey,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  generateRandom,
  getKeyPolicy,
  getKeyRotationStatus,
  listAliases,
  listGrants,
  listKeyPolicies,
  listKeys,
  listResourceTags,
  listRetirableGrants,
  putKeyPolicy,
  reEncrypt,
  retireGrant,
  revokeGrant,
  scheduleKeyDeletion,
  tagResource,
  untagResource,
  updateAlias,
  updateKeyDescription,
];

export const kmsOperations: Operations = new Map(all.map((operation) => [operation.name, checkingTokens(operation)]));
