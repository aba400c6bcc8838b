import type { Ask, Input } from "../sample-calls.ts";
import type { Expected } from "./expected.ts";

const keyId = "{key}";
const read = { readOnly: true, resources: ["{key}"], input: { KeyId: "{key}" }, requestParameters: { keyId } } as const;
const paged = { ...read, input: { KeyId: "{key}", Limit: 5 }, requestParameters: { keyId, limit: 5 } };
const across = { across: true } as const;

/** The operations that read about keys. */
export const kmsReads: Readonly<Record<string, Expected>> = {
  DescribeKey: { ...read, ...across },
  GetKeyLastUsage: read,
  GetKeyPolicy: {
    ...read,
    input: { KeyId: "{key}", PolicyName: "default" },
    requestParameters: { keyId, policyName: "default" },
  },
  GetKeyRotationStatus: { ...read, ...across },
  GetPublicKey: { ...read, ...across, kind: "signing" },
  GetParametersForImport: {
    ...read,
    kind: "imported",
    input: { KeyId: "{key}", WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" },
    requestParameters: { keyId, wrappingAlgorithm: "RSAES_OAEP_SHA_256", wrappingKeySpec: "RSA_2048" },
  },
  ListAliases: { readOnly: true, input: { Limit: 5 }, requestParameters: { limit: 5 }, resources: [] },
  ListGrants: { ...paged, ...across },
  ListKeyPolicies: paged,
  ListKeyRotations: paged,
  ListKeys: { readOnly: true, input: { Limit: 5 }, requestParameters: { limit: 5 }, resources: [] },
  ListResourceTags: paged,
  ListRetirableGrants: {
    readOnly: true,
    input: { RetiringPrincipal: "{account}", Limit: 5 },
    requestParameters: { retiringPrincipal: "{account}", limit: 5 },
    resources: [],
  },
};

const granted = async (KeyId: string, ask: Ask): Promise<Input> => {
  const { GrantId } = await ask("CreateGrant", { KeyId, GranteePrincipal: "000000000000", Operations: ["Encrypt"] });
  return { grant: GrantId };
};

/** The operations on grants and aliases. */
export const kmsGrants: Readonly<Record<string, Expected>> = {
  CreateGrant: {
    ...across,
    readOnly: false,
    input: {
      KeyId: "{key}",
      GranteePrincipal: "{account}",
      RetiringPrincipal: "{account}",
      Operations: ["Encrypt", "Decrypt"],
      Constraints: { EncryptionContextSubset: { purpose: "test" } },
      Name: "mine",
    },
    requestParameters: {
      keyId,
      granteePrincipal: "{account}",
      retiringPrincipal: "{account}",
      operations: ["Encrypt", "Decrypt"],
      constraints: { encryptionContextSubset: { purpose: "test" } },
      name: "mine",
    },
    responseElements: { grantId: "{answer.GrantId}", keyId: "{key}" },
    resources: ["{key}"],
  },
  RetireGrant: {
    readOnly: false,
    before: granted,
    input: { KeyId: "{key}", GrantId: "{grant}" },
    requestParameters: null,
    responseElements: { keyId: "{key}" },
    additionalEventData: { grantId: "{grant}" },
    resources: ["{key}"],
  },
  RevokeGrant: {
    ...across,
    readOnly: false,
    before: granted,
    input: { KeyId: "{key}", GrantId: "{grant}" },
    requestParameters: { keyId, grantId: "{grant}" },
    responseElements: { keyId: "{key}" },
    resources: ["{key}"],
  },
  CreateAlias: {
    readOnly: false,
    input: { AliasName: "alias/{id}", TargetKeyId: "{key}" },
    requestParameters: { aliasName: "alias/{id}", targetKeyId: "{key}" },
    responseElements: { keyId },
    resources: ["{key}"],
    made: ["{alias}"],
  },
  UpdateAlias: {
    readOnly: false,
    before: async (TargetKeyId, ask) => {
      const { KeyMetadata } = await ask("CreateKey", {});
      const { Arn } = KeyMetadata as { Arn: string };
      await ask("CreateAlias", { AliasName: `alias/${TargetKeyId.split("/")[1]!}`, TargetKeyId });
      return { next: Arn };
    },
    input: { AliasName: "alias/{id}", TargetKeyId: "{next}" },
    requestParameters: { aliasName: "alias/{id}", targetKeyId: "{next}" },
    responseElements: { keyId: "{next}" },
    resources: ["{next}"],
    made: ["{alias}"],
  },
  DeleteAlias: {
    readOnly: false,
    before: async (TargetKeyId, ask) =>
      ask("CreateAlias", { AliasName: `alias/${TargetKeyId.split("/")[1]!}`, TargetKeyId }),
    input: { AliasName: "alias/{id}" },
    requestParameters: { aliasName: "alias/{id}" },
    responseElements: { keyId },
    resources: ["{key}"],
    made: ["{alias}"],
  },
};
