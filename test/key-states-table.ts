/**
 * The key-state table of kms.md, section 1.4, for a key that the operation is meant for: what each operation says in
 * each state. `ok`: it works. Otherwise the note's number there:
 *
 *   1 is disabled   3 is pending deletion   4 is not pending deletion   5 is pending import   6 origin is EXTERNAL
 *   7 is in a custom key store   9 cannot hold imported material   11 is unavailable   14 is creating   15 is updating
 *
 * `-`: no such key can be in that state. A key that is PendingImport has imported material, and one that is
 * Unavailable stands in a custom key store. An operation without a key has no row of states: `none`.
 */
export const states = [
  "Enabled",
  "Disabled",
  "PendingDeletion",
  "PendingReplicaDeletion",
  "PendingImport",
  "Unavailable",
  "Creating",
  "Updating",
] as const;
export type State = (typeof states)[number];

const always = "ok ok ok ok ok ok ok ok";
const use = "ok 1 3 3 5 11 14 ok";
const pairs = "ok 1 3 3 5 7 14 ok";
const asymmetric = "ok 1 3 3 5 - 14 ok";
const manage = "ok ok 3 3 ok ok ok ok";
const turn = "ok ok 3 3 5 ok 14 15";
const rotation = "ok 1 3 3 6 7 14 ok";

export const table: Readonly<Record<string, string>> = {
  CancelKeyDeletion: "4 4 ok ok 4 4 4 4",
  ConnectCustomKeyStore: "none",
  CreateAlias: manage,
  CreateCustomKeyStore: "none",
  CreateGrant: "ok 1 3 3 5 ok 14 ok",
  CreateKey: "none",
  Decapsulate: asymmetric,
  Decrypt: use,
  DeleteAlias: always,
  DeleteCustomKeyStore: "none",
  DeleteImportedKeyMaterial: "ok ok ok ok ok 9 14 15",
  DeriveSharedSecret: asymmetric,
  DescribeCustomKeyStores: "none",
  DescribeKey: always,
  DisableKey: turn,
  DisableKeyRotation: rotation,
  DisconnectCustomKeyStore: "none",
  EnableKey: turn,
  EnableKeyRotation: rotation,
  Encapsulate: asymmetric,
  Encrypt: use,
  GenerateDataKey: use,
  GenerateDataKeyPair: pairs,
  GenerateDataKeyPairWithoutPlaintext: pairs,
  GenerateDataKeyWithoutPlaintext: use,
  GenerateMac: asymmetric,
  GenerateRandom: "none",
  GetKeyLastUsage: always,
  GetKeyPolicy: always,
  GetKeyRotationStatus: "ok ok ok ok 6 7 ok ok",
  GetParametersForImport: "ok ok 3 3 ok 9 14 15",
  GetPublicKey: "ok ok 3 3 ok - 14 ok",
  ImportKeyMaterial: "ok ok ok ok ok 9 14 ok",
  ListAliases: always,
  ListGrants: always,
  ListKeyPolicies: always,
  ListKeyRotations: "ok ok ok ok ok 7 ok ok",
  ListKeys: "none",
  ListResourceTags: always,
  ListRetirableGrants: "none",
  PutKeyPolicy: always,
  ReEncrypt: use,
  ReplicateKey: "ok 1 3 3 5 - 14 15",
  RetireGrant: always,
  RevokeGrant: always,
  RotateKeyOnDemand: "ok 1 3 3 5 7 14 ok",
  ScheduleKeyDeletion: "ok ok 3 3 ok ok ok 15",
  Sign: asymmetric,
  TagResource: manage,
  UntagResource: manage,
  UpdateAlias: manage,
  UpdateCustomKeyStore: "none",
  UpdateKeyDescription: manage,
  UpdatePrimaryRegion: "ok 1 3 3 5 - 14 ok",
  Verify: asymmetric,
  VerifyMac: asymmetric,
};

/** The error of each note: its name, and what its text ends in or holds. */
export const notes: Readonly<Record<string, readonly [name: string, text: RegExp]>> = {
  1: ["DisabledException", /^arn:aws:kms:[^ ]+ is disabled\.$/],
  3: ["KMSInvalidStateException", /^arn:aws:kms:[^ ]+ is pending (replica )?deletion\.$/],
  4: ["KMSInvalidStateException", /^arn:aws:kms:[^ ]+ is not pending deletion\.$/],
  5: ["KMSInvalidStateException", /^arn:aws:kms:[^ ]+ is pending import\.$/],
  6: [
    "UnsupportedOperationException",
    /^arn:aws:kms:[^ ]+ origin is EXTERNAL which is not valid for this operation\.$/,
  ],
  7: ["UnsupportedOperationException", /./],
  9: ["UnsupportedOperationException", /./],
  11: ["KMSInvalidStateException", /^arn:aws:kms:[^ ]+ is unavailable\.$/],
  14: ["KMSInvalidStateException", /^arn:aws:kms:[^ ]+ is creating\.$/],
  15: ["KMSInvalidStateException", /^arn:aws:kms:[^ ]+ is updating\.$/],
};
