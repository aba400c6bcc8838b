import { CreateKeyCommand, type KeySpec, type KeyUsageType } from "@aws-sdk/client-kms";
import { kms, type TestServer } from "./kit.ts";

/** A key spec and usage with what KeyMetadata lists for it: kms.md, section 2, written down apart from the program. */
export interface KeyKind {
  readonly spec: KeySpec;
  readonly usage: KeyUsageType;
  readonly list: string;
  readonly algorithms: readonly string[];
}

const lists = {
  ENCRYPT_DECRYPT: "EncryptionAlgorithms",
  SIGN_VERIFY: "SigningAlgorithms",
  GENERATE_VERIFY_MAC: "MacAlgorithms",
  KEY_AGREEMENT: "KeyAgreementAlgorithms",
  ENCAPSULATE_DECAPSULATE: "EncapsulationAlgorithms",
} as const;

const kind = (spec: KeySpec, usage: keyof typeof lists, ...algorithms: readonly string[]): KeyKind => ({
  spec,
  usage,
  list: lists[usage],
  algorithms,
});

const rsa = (spec: KeySpec): KeyKind[] => [
  kind(spec, "ENCRYPT_DECRYPT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"),
  kind(
    spec,
    "SIGN_VERIFY",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
  ),
];

export const keyKinds: readonly KeyKind[] = [
  kind("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"),
  ...rsa("RSA_2048"),
  ...rsa("RSA_3072"),
  ...rsa("RSA_4096"),
  kind("ECC_NIST_P256", "SIGN_VERIFY", "ECDSA_SHA_256"),
  kind("ECC_NIST_P256", "KEY_AGREEMENT", "ECDH"),
  kind("ECC_NIST_P384", "SIGN_VERIFY", "ECDSA_SHA_384"),
  kind("ECC_NIST_P384", "KEY_AGREEMENT", "ECDH"),
  kind("ECC_NIST_P521", "SIGN_VERIFY", "ECDSA_SHA_512"),
  kind("ECC_NIST_P521", "KEY_AGREEMENT", "ECDH"),
  kind("ECC_SECG_P256K1", "SIGN_VERIFY", "ECDSA_SHA_256"),
  kind("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "ED25519_PH_SHA_512", "ED25519_SHA_512"),
  kind("SM2", "ENCRYPT_DECRYPT", "SM2PKE"),
  kind("SM2", "SIGN_VERIFY", "SM2DSA"),
  kind("SM2", "KEY_AGREEMENT", "ECDH"),
  kind("HMAC_224", "GENERATE_VERIFY_MAC", "HMAC_SHA_224"),
  kind("HMAC_256", "GENERATE_VERIFY_MAC", "HMAC_SHA_256"),
  kind("HMAC_384", "GENERATE_VERIFY_MAC", "HMAC_SHA_384"),
  kind("HMAC_512", "GENERATE_VERIFY_MAC", "HMAC_SHA_512"),
  kind("ML_DSA_44", "SIGN_VERIFY", "ML_DSA_SHAKE_256"),
  kind("ML_DSA_65", "SIGN_VERIFY", "ML_DSA_SHAKE_256"),
  kind("ML_DSA_87", "SIGN_VERIFY", "ML_DSA_SHAKE_256"),
  kind("ML_KEM_512", "ENCAPSULATE_DECAPSULATE", "ML_KEM"),
  kind("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "ML_KEM"),
  kind("ML_KEM_1024", "ENCAPSULATE_DECAPSULATE", "ML_KEM"),
];

export const usages = Object.keys(lists) as readonly (keyof typeof lists)[];
export const listNames: readonly string[] = Object.values(lists);

/** A new key of a kind: its id. */
export async function newKey(server: TestServer, spec: string, usage: string): Promise<string> {
  const { KeyMetadata } = await kms(server).send(
    new CreateKeyCommand({ KeySpec: spec as KeySpec, KeyUsage: usage as KeyUsageType }),
  );
  return KeyMetadata!.KeyId!;
}
