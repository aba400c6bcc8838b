/** What a grant may allow (kms.md, section 1.2, GrantOperation). */
const everyKey = ["CreateGrant", "RetireGrant", "DescribeKey"];
const crossing = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"];

const byUsage: Readonly<Record<string, readonly string[]>> = {
  GENERATE_VERIFY_MAC: ["GenerateMac", "VerifyMac"],
  SIGN_VERIFY: ["Sign", "Verify", "GetPublicKey"],
  KEY_AGREEMENT: ["DeriveSharedSecret", "GetPublicKey"],
  ENCAPSULATE_DECAPSULATE: ["Encapsulate", "Decapsulate", "GetPublicKey"],
};

const symmetric = [
  ...crossing,
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
];

/** The operations that a key of this kind has (kms.md, section 5). */
export function grantOperationsOf(spec: string, usage: string): ReadonlySet<string> {
  const own = spec === "SYMMETRIC_DEFAULT" ? symmetric : (byUsage[usage] ?? [...crossing, "GetPublicKey"]);
  return new Set([...everyKey, ...own]);
}

/** Every operation that a grant can allow; for the others none is looked for. */
export const grantOperations: ReadonlySet<string> = new Set([
  ...everyKey,
  ...symmetric,
  ...Object.values(byUsage).flat(),
]);
