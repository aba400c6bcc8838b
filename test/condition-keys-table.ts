/**
 * Every `kms:` condition key of kms.md, section 4 (and the aws: keys of tags): a call that has it, the value that it
 * has there, and one that it has not. `in`: the policy that sees the key, the key's own unless an IAM policy alone does.
 */
export interface KeyCase {
  readonly key: string;
  readonly operation: string;
  /** Condition operator; StringEquals unless said otherwise. */
  readonly operator?: string;
  readonly is: string | readonly string[];
  readonly isNot: string | readonly string[];
  readonly in?: "iam";
  /** Action that the policy names, where it is not the operation. */
  readonly action?: string;
  /** Adds to the sample call (test/sample-calls.ts). */
  readonly input?: Readonly<Record<string, unknown>>;
  /** The service through which the call comes. */
  readonly via?: string;
}

const context = { Stage: "Prod", tenant: "7" };
const grantee = "000000000000";
const withContext = { EncryptionContext: context };
const source = "arn:aws:ec2:eu-west-1:000000000000:volume/vol-1";
const bool = { operator: "Bool" } as const;
const number = { operator: "NumericEquals" } as const;

export const keyCases: readonly KeyCase[] = [
  { key: "kms:CallerAccount", operation: "Encrypt", is: "000000000000", isNot: "111122223333" },
  { key: "kms:KeySpec", operation: "GenerateMac", is: "HMAC_256", isNot: "HMAC_512" },
  { key: "kms:KeyUsage", operation: "Sign", is: "SIGN_VERIFY", isNot: "ENCRYPT_DECRYPT" },
  { key: "kms:KeyOrigin", operation: "DescribeKey", is: "AWS_KMS", isNot: "EXTERNAL" },
  { key: "kms:CustomerMasterKeySpec", operation: "Encrypt", is: "SYMMETRIC_DEFAULT", isNot: "RSA_2048" },
  { key: "kms:CustomerMasterKeyUsage", operation: "Encrypt", is: "ENCRYPT_DECRYPT", isNot: "SIGN_VERIFY" },
  { key: "kms:MultiRegion", operation: "Encrypt", ...bool, is: "false", isNot: "true" },
  { key: "kms:MultiRegionKeyType", operation: "ReplicateKey", is: "PRIMARY", isNot: "REPLICA" },
  { key: "kms:KeySpec", operation: "CreateKey", in: "iam", is: "SYMMETRIC_DEFAULT", isNot: "RSA_2048" },
  { key: "kms:KeyUsage", operation: "CreateKey", in: "iam", is: "ENCRYPT_DECRYPT", isNot: "SIGN_VERIFY" },
  { key: "kms:KeyOrigin", operation: "CreateKey", in: "iam", is: "AWS_KMS", isNot: "EXTERNAL" },
  { key: "kms:MultiRegion", operation: "CreateKey", in: "iam", ...bool, is: "false", isNot: "true" },
  {
    key: "kms:BypassPolicyLockoutSafetyCheck",
    operation: "PutKeyPolicy",
    ...bool,
    input: { BypassPolicyLockoutSafetyCheck: true },
    is: "true",
    isNot: "false",
  },
  {
    key: "kms:BypassPolicyLockoutSafetyCheck",
    operation: "CreateKey",
    in: "iam",
    ...bool,
    input: { BypassPolicyLockoutSafetyCheck: true },
    is: "true",
    isNot: "false",
  },
  { key: "kms:CallerAccount", operation: "CreateKey", in: "iam", is: "000000000000", isNot: "111122223333" },
  { key: "kms:CallerAccount", operation: "DescribeCustomKeyStores", in: "iam", is: "000000000000", isNot: "1" },
  { key: "kms:DataKeyPairSpec", operation: "GenerateDataKeyPair", is: "ECC_NIST_P256", isNot: "RSA_2048" },
  { key: "kms:EncryptionAlgorithm", operation: "Encrypt", is: "SYMMETRIC_DEFAULT", isNot: "RSAES_OAEP_SHA_256" },
  { key: "kms:EncryptionContext:STAGE", operation: "Encrypt", input: withContext, is: "Prod", isNot: "prod" },
  { key: "kms:EncryptionContext:tenant", operation: "GenerateDataKey", input: withContext, is: "7", isNot: "8" },
  {
    key: "kms:EncryptionContextKeys",
    operation: "Encrypt",
    operator: "ForAnyValue:StringEquals",
    input: withContext,
    is: "Stage",
    isNot: "stage",
  },
  {
    key: "kms:EncryptionContext:a",
    operation: "CreateGrant",
    input: { Constraints: { EncryptionContextSubset: { a: "1" } } },
    is: "1",
    isNot: "2",
  },
  {
    key: "kms:GrantConstraintType",
    operation: "CreateGrant",
    input: { Constraints: { EncryptionContextEquals: { a: "1" } } },
    is: "EncryptionContextEquals",
    isNot: "EncryptionContextSubset",
  },
  {
    key: "kms:GrantConstraintSourceArn",
    operation: "CreateGrant",
    operator: "ArnEquals",
    input: { Constraints: { SourceArn: source } },
    is: source,
    isNot: `${source}0`,
  },
  ...["CreateGrant", "ListGrants", "RevokeGrant"].map((operation) => ({
    key: "kms:GrantIsForAWSResource",
    operation,
    ...bool,
    via: "ec2",
    is: "true",
    isNot: "false",
  })),
  {
    key: "kms:GrantOperations",
    operation: "CreateGrant",
    operator: "ForAllValues:StringEquals",
    is: ["Encrypt", "Decrypt"],
    isNot: "Decrypt",
  },
  { key: "kms:GranteePrincipal", operation: "CreateGrant", is: grantee, isNot: "111122223333" },
  {
    key: "kms:RetiringPrincipal",
    operation: "CreateGrant",
    input: { RetiringPrincipal: grantee },
    is: grantee,
    isNot: "111122223333",
  },
  ...(["Grantee", "Retiring"] as const).map((party) => ({
    key: `kms:${party}ServicePrincipal`,
    operation: "CreateGrant",
    input: {
      GranteePrincipal: undefined,
      GranteeServicePrincipal: "ec2.amazonaws.com",
      RetiringServicePrincipal: "ec2.amazonaws.com",
      Constraints: { SourceArn: source },
    },
    is: "ec2.amazonaws.com",
    isNot: "s3.amazonaws.com",
  })),
  { key: "kms:KeyAgreementAlgorithm", operation: "DeriveSharedSecret", is: "ECDH", isNot: "X25519" },
  { key: "kms:MacAlgorithm", operation: "VerifyMac", is: "HMAC_SHA_256", isNot: "HMAC_SHA_512" },
  { key: "kms:MessageType", operation: "Sign", input: { MessageType: "RAW" }, is: "RAW", isNot: "DIGEST" },
  { key: "kms:SigningAlgorithm", operation: "Verify", is: "ECDSA_SHA_256", isNot: "ECDSA_SHA_512" },
  { key: "kms:PrimaryRegion", operation: "UpdatePrimaryRegion", is: "us-east-1", isNot: "us-east-2" },
  { key: "kms:ReplicaRegion", operation: "ReplicateKey", is: "ap-south-1", isNot: "us-east-1" },
  { key: "kms:ReEncryptOnSameKey", operation: "ReEncrypt", action: "ReEncrypt*", ...bool, is: "true", isNot: "false" },
  {
    key: "kms:ResourceAliases",
    operation: "Encrypt",
    in: "iam",
    operator: "ForAnyValue:StringEquals",
    is: "alias/known",
    isNot: "alias/other",
  },
  {
    key: "kms:RequestAlias",
    operation: "Encrypt",
    input: { KeyId: "alias/known" },
    is: "alias/known",
    isNot: "alias/other",
  },
  {
    key: "kms:RotationPeriodInDays",
    operation: "EnableKeyRotation",
    ...number,
    input: { RotationPeriodInDays: 90 },
    is: "90",
    isNot: "91",
  },
  {
    key: "kms:ScheduleKeyDeletionPendingWindowInDays",
    operation: "ScheduleKeyDeletion",
    ...number,
    is: "7",
    isNot: "30",
  },
  { key: "kms:TrailingDaysWithoutKeyUsage", operation: "DisableKey", ...number, is: "0", isNot: "30" },
  { key: "kms:TrailingDaysWithoutKeyUsage", operation: "ScheduleKeyDeletion", ...number, is: "0", isNot: "30" },
  {
    key: "kms:ViaService",
    operation: "Encrypt",
    via: "ec2",
    is: "ec2.eu-west-1.amazonaws.com",
    isNot: "s3.eu-west-1.amazonaws.com",
  },
  {
    key: "kms:WrappingAlgorithm",
    operation: "GetParametersForImport",
    is: "RSAES_OAEP_SHA_256",
    isNot: "RSAES_OAEP_SHA_1",
  },
  { key: "kms:WrappingKeySpec", operation: "GetParametersForImport", is: "RSA_2048", isNot: "RSA_4096" },
  {
    key: "kms:ExpirationModel",
    operation: "ImportKeyMaterial",
    is: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    isNot: "KEY_MATERIAL_EXPIRES",
  },
  {
    key: "kms:ValidTo",
    operation: "ImportKeyMaterial",
    operator: "DateLessThan",
    input: { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: "soon" },
    is: "2999-01-01T00:00:00Z",
    isNot: "2001-01-01T00:00:00Z",
  },
  { key: "aws:RequestTag/a", operation: "TagResource", is: "1", isNot: "2" },
  { key: "aws:TagKeys", operation: "UntagResource", operator: "ForAllValues:StringEquals", is: "a", isNot: "b" },
  { key: "aws:ResourceTag/team", operation: "Encrypt", is: "blue", isNot: "red" },
];
