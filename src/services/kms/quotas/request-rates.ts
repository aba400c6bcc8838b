import type { QuotaCharge as Charge } from "../../../audit/flood.ts";
import type { Key } from "../entities.ts";

/** Requests per second by account and Region, as AWS sets them in a real Region (kms.md, section 13). */

/** Symmetric and HMAC cryptography share one quota, whose size depends on the Region. */
const symmetricOf = (profile: string): number => {
  if (["us-east-1", "us-west-2", "eu-west-1"].includes(profile)) return 100_000;
  const middling = ["us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"];
  return middling.includes(profile) ? 20_000 : 10_000;
};

const cryptography = new Set([
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateMac",
  "GenerateRandom",
  "ReEncrypt",
  "VerifyMac",
  "Sign",
  "Verify",
  "DeriveSharedSecret",
  "Encapsulate",
  "Decapsulate",
]);

/** Differs: AWS publishes no row for ML-KEM; it gets a bucket of its own, like the other asymmetric families. */
function familyOf(spec: string, profile: string): Charge {
  if (spec.startsWith("RSA_")) return { bucket: "rsa", perSecond: 1000 };
  if (spec.startsWith("ECC_") || spec === "SM2") return { bucket: "ecc", perSecond: 1000 };
  if (spec.startsWith("ML_DSA_")) return { bucket: "ml-dsa", perSecond: 1000 };
  if (spec.startsWith("ML_KEM_")) return { bucket: "ml-kem", perSecond: 1000 };
  return { bucket: "symmetric", perSecond: symmetricOf(profile) };
}

const pairRates: Readonly<Record<string, number>> = { RSA_2048: 20, RSA_3072: 4, RSA_4096: 1, SM2: 25 };

const rates: readonly (readonly [perSecond: number, operations: string])[] = [
  [
    5,
    "CancelKeyDeletion ConnectCustomKeyStore CreateAlias CreateCustomKeyStore CreateKey DeleteCustomKeyStore DescribeCustomKeyStores DisableKey DisableKeyRotation DisconnectCustomKeyStore EnableKey GetKeyLastUsage ReplicateKey RotateKeyOnDemand UntagResource UpdateAlias UpdateCustomKeyStore UpdateKeyDescription UpdatePrimaryRegion",
  ],
  [1, "GetParametersForImport"],
  [10, "TagResource"],
  [15, "DeleteAlias DeleteImportedKeyMaterial EnableKeyRotation ImportKeyMaterial PutKeyPolicy ScheduleKeyDeletion"],
  [50, "CreateGrant RetireGrant RevokeGrant"],
  [100, "ListGrants ListKeyPolicies ListKeyRotations ListRetirableGrants"],
  [500, "ListAliases ListKeys"],
  [1000, "GetKeyPolicy GetKeyRotationStatus"],
  [2000, "DescribeKey GetPublicKey ListResourceTags"],
];

/** Requests per second of an operation with a quota of its own. */
const perSecondOf: ReadonlyMap<string, number> = new Map(
  rates.flatMap(([perSecond, operations]) => operations.split(" ").map((name) => [name, perSecond] as const)),
);

export interface ChargedInput {
  readonly KeyPairSpec?: string;
  readonly ReplicaRegion?: string;
  readonly PrimaryRegion?: string;
}

/** What a call of the operation counts against. `keys`: those it found. */
export function chargesOf(
  operation: string,
  input: ChargedInput,
  keys: readonly Pick<Key, "spec" | "customKeyStoreId">[],
  profile: string,
): Charge[] {
  const own = perSecondOf.get(operation);
  if (own !== undefined) {
    const charge = { bucket: operation, perSecond: own };
    const { ReplicaRegion, PrimaryRegion } = input;
    if (operation === "ReplicateKey" && ReplicaRegion !== undefined)
      return [charge, { bucket: "CreateKey", perSecond: 5, region: ReplicaRegion, count: 2 }];
    if (operation === "UpdatePrimaryRegion" && PrimaryRegion !== undefined)
      return [charge, { ...charge, region: PrimaryRegion }];
    return [charge];
  }
  if (operation.startsWith("GenerateDataKeyPair")) {
    const spec = input.KeyPairSpec ?? "";
    return [{ bucket: `GenerateDataKeyPair ${spec}`, perSecond: pairRates[spec] ?? 100 }];
  }
  if (!cryptography.has(operation)) return [];
  const families = (keys.length > 0 ? keys : [{ spec: "SYMMETRIC_DEFAULT" }]).map(({ spec }) =>
    familyOf(spec, profile),
  );
  const stores = keys.flatMap(({ customKeyStoreId: store }) =>
    store === undefined ? [] : { bucket: `store ${store}`, perSecond: 1800 },
  );
  return [...new Map([...families, ...stores].map((charge) => [charge.bucket, charge])).values()];
}
