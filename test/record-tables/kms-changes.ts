import { type Ask, type Input, samples } from "../sample-calls.ts";
import type { Expected } from "./expected.ts";

const keyId = "{key}";
const changed = {
  readOnly: false,
  input: { KeyId: "{key}" },
  requestParameters: { keyId },
  responseElements: { keyId: "{key}" },
  resources: ["{key}"],
} as const;
const sampled =
  (name: string) =>
  async (KeyId: string, ask: Ask): Promise<Input> =>
    samples[name]!.input(KeyId, ask);
const metadata = {
  aWSAccountId: "{account}",
  enabled: true,
  keyUsage: "ENCRYPT_DECRYPT",
  keyState: "Enabled",
  origin: "AWS_KMS",
  keyManager: "CUSTOMER",
  customerMasterKeySpec: "SYMMETRIC_DEFAULT",
  keySpec: "SYMMETRIC_DEFAULT",
  encryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
  creationDate: "{date}",
};
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "kms:*", Resource: "*" }],
});

/** The operations that change keys. */
export const kmsChanges: Readonly<Record<string, Expected>> = {
  CreateKey: {
    readOnly: false,
    input: { Tags: [{ TagKey: "team", TagValue: "shop" }] },
    requestParameters: {
      description: "",
      origin: "AWS_KMS",
      keySpec: "SYMMETRIC_DEFAULT",
      customerMasterKeySpec: "SYMMETRIC_DEFAULT",
      keyUsage: "ENCRYPT_DECRYPT",
      bypassPolicyLockoutSafetyCheck: false,
      multiRegion: false,
      tags: [{ tagKey: "team", tagValue: "shop" }],
    },
    responseElements: {
      keyMetadata: {
        ...metadata,
        keyId: "{answer.KeyMetadata.KeyId}",
        arn: "{answer.KeyMetadata.Arn}",
        description: "",
        multiRegion: false,
        currentKeyMaterialId: "{answer.KeyMetadata.CurrentKeyMaterialId}",
      },
    },
    resources: [],
    made: ["{answer.KeyMetadata.Arn}"],
  },
  EnableKey: changed,
  DisableKey: changed,
  EnableKeyRotation: {
    ...changed,
    input: { KeyId: "{key}", RotationPeriodInDays: 180 },
    requestParameters: { keyId, rotationPeriodInDays: 180 },
  },
  DisableKeyRotation: changed,
  RotateKeyOnDemand: changed,
  TagResource: {
    ...changed,
    input: { KeyId: "{key}", Tags: [{ TagKey: "team", TagValue: "shop" }] },
    requestParameters: { keyId, tags: [{ tagKey: "team", tagValue: "shop" }] },
  },
  UntagResource: {
    ...changed,
    input: { KeyId: "{key}", TagKeys: ["team"] },
    requestParameters: { keyId, tagKeys: ["team"] },
  },
  UpdateKeyDescription: {
    ...changed,
    input: { KeyId: "{key}", Description: "new" },
    requestParameters: { keyId, description: "new" },
  },
  PutKeyPolicy: {
    ...changed,
    input: { KeyId: "{key}", PolicyName: "default", Policy: policy },
    requestParameters: { keyId, policyName: "default", policy, bypassPolicyLockoutSafetyCheck: false },
  },
  ScheduleKeyDeletion: {
    ...changed,
    input: { KeyId: "{key}", PendingWindowInDays: 7 },
    requestParameters: { keyId, pendingWindowInDays: 7 },
    responseElements: { keyId: "{key}", keyState: "PendingDeletion", deletionDate: "{date}", pendingWindowInDays: 7 },
  },
  CancelKeyDeletion: {
    ...changed,
    before: (KeyId, ask) => ask("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 }),
  },
  ImportKeyMaterial: {
    ...changed,
    kind: "imported",
    before: sampled("ImportKeyMaterial"),
    input: {
      KeyId: "{key}",
      ImportToken: "{ImportToken}",
      EncryptedKeyMaterial: "{EncryptedKeyMaterial}",
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    },
    requestParameters: { keyId, expirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" },
    responseElements: { keyId: "{key}", keyMaterialId: "{answer.KeyMaterialId}" },
  },
  DeleteImportedKeyMaterial: {
    ...changed,
    kind: "imported",
    responseElements: { keyId: "{key}", keyMaterialId: "{answer.KeyMaterialId}" },
  },
  ReplicateKey: {
    ...changed,
    kind: "related",
    input: { KeyId: "{key}", ReplicaRegion: "ap-south-1", Description: "there" },
    requestParameters: {
      keyId,
      replicaRegion: "ap-south-1",
      description: "there",
      bypassPolicyLockoutSafetyCheck: false,
    },
    responseElements: {
      replicaKeyMetadata: {
        ...metadata,
        keyId: "{id}",
        arn: "arn:aws:kms:ap-south-1:{account}:key/{id}",
        description: "there",
        keyState: "Creating",
        enabled: false,
        multiRegion: true,
        multiRegionConfiguration: {
          multiRegionKeyType: "REPLICA",
          primaryKey: { arn: "{key}", region: "eu-west-1" },
          replicaKeys: [{ arn: "arn:aws:kms:ap-south-1:{account}:key/{id}", region: "ap-south-1" }],
        },
      },
      replicaPolicy: "{answer.ReplicaPolicy}",
    },
  },
  UpdatePrimaryRegion: {
    ...changed,
    kind: "related",
    before: async (KeyId, ask, inMumbai) => {
      await ask("ReplicateKey", { KeyId, ReplicaRegion: "ap-south-1" });
      const id = KeyId.slice(KeyId.indexOf("/") + 1);
      for (;;) {
        const { KeyMetadata } = await inMumbai("DescribeKey", { KeyId: id });
        if ((KeyMetadata as { KeyState: string }).KeyState === "Enabled") return {};
      }
    },
    input: { KeyId: "{key}", PrimaryRegion: "ap-south-1" },
    requestParameters: { keyId, primaryRegion: "ap-south-1" },
  },
};
