import { generateKeyPairSync } from "node:crypto";
import type { Ask, Input } from "../sample-calls.ts";
import type { Expected } from "./expected.ts";

const Plaintext = Buffer.from("attack at dawn");
const Message = Buffer.from("attack at noon");
const EncryptionContext = { purpose: "test" };
const { publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const PublicKey = publicKey.export({ format: "der", type: "spki" });

const material = async (KeyId: string, ask: Ask): Promise<string> =>
  ((await ask("DescribeKey", { KeyId })).KeyMetadata as { CurrentKeyMaterialId: string }).CurrentKeyMaterialId;
const known = async (KeyId: string, ask: Ask): Promise<Input> => ({ material: await material(KeyId, ask) });
const encrypted = async (KeyId: string, ask: Ask): Promise<Input> => ({
  material: await material(KeyId, ask),
  blob: (await ask("Encrypt", { KeyId, Plaintext, EncryptionContext })).CiphertextBlob,
});
const encapsulated = async (KeyId: string, ask: Ask): Promise<Input> => ({
  shared: (await ask("Encapsulate", { KeyId, EncapsulationAlgorithm: "ML_KEM" })).SharedSecretCiphertextBlob,
});
const signed = async (KeyId: string, ask: Ask): Promise<Input> => ({
  signature: (await ask("Sign", { KeyId, Message, SigningAlgorithm: "ECDSA_SHA_256" })).Signature,
});
const authenticated = async (KeyId: string, ask: Ask): Promise<Input> => ({
  mac: (await ask("GenerateMac", { KeyId, Message, MacAlgorithm: "HMAC_SHA_256" })).Mac,
});

const use = { readOnly: true, resources: ["{key}"], across: true } as const;
const withMaterial = { additionalEventData: { keyMaterialId: "{material}" } };
const dataKey = { keyId: "{key}", encryptionContext: { purpose: "test" } };

/** The operations that use a key. */
export const kmsUses: Readonly<Record<string, Expected>> = {
  Encrypt: {
    ...use,
    ...withMaterial,
    before: known,
    input: { KeyId: "{key}", Plaintext, EncryptionContext },
    requestParameters: {
      keyId: "{key}",
      encryptionAlgorithm: "SYMMETRIC_DEFAULT",
      encryptionContext: { purpose: "test" },
    },
  },
  Decrypt: {
    ...use,
    ...withMaterial,
    before: encrypted,
    input: { CiphertextBlob: "{blob}", EncryptionContext },
    requestParameters: { encryptionAlgorithm: "SYMMETRIC_DEFAULT", encryptionContext: { purpose: "test" } },
  },
  ReEncrypt: {
    ...use,
    before: encrypted,
    input: { CiphertextBlob: "{blob}", SourceEncryptionContext: EncryptionContext, DestinationKeyId: "{key}" },
    requestParameters: {
      sourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      sourceEncryptionContext: { purpose: "test" },
      destinationKeyId: "{key}",
      destinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    },
    additionalEventData: { sourceKeyMaterialId: "{material}", destinationKeyMaterialId: "{material}" },
    resources: ["{key}", "{key}"],
  },
  GenerateDataKey: {
    ...use,
    ...withMaterial,
    before: known,
    input: { KeyId: "{key}", KeySpec: "AES_256", EncryptionContext },
    requestParameters: { ...dataKey, keySpec: "AES_256" },
  },
  GenerateDataKeyWithoutPlaintext: {
    ...use,
    ...withMaterial,
    before: known,
    input: { KeyId: "{key}", NumberOfBytes: 16, EncryptionContext },
    requestParameters: { ...dataKey, numberOfBytes: 16 },
  },
  GenerateDataKeyPair: {
    ...use,
    ...withMaterial,
    before: known,
    input: { KeyId: "{key}", KeyPairSpec: "ECC_NIST_P256", EncryptionContext },
    requestParameters: { ...dataKey, keyPairSpec: "ECC_NIST_P256" },
  },
  GenerateDataKeyPairWithoutPlaintext: {
    ...use,
    ...withMaterial,
    before: known,
    input: { KeyId: "{key}", KeyPairSpec: "ECC_NIST_P256" },
    requestParameters: { keyId: "{key}", keyPairSpec: "ECC_NIST_P256" },
  },
  Sign: {
    ...use,
    kind: "signing",
    input: { KeyId: "{key}", Message, MessageType: "RAW", SigningAlgorithm: "ECDSA_SHA_256" },
    requestParameters: { keyId: "{key}", messageType: "RAW", signingAlgorithm: "ECDSA_SHA_256" },
  },
  Verify: {
    ...use,
    kind: "signing",
    before: signed,
    input: { KeyId: "{key}", Message, Signature: "{signature}", SigningAlgorithm: "ECDSA_SHA_256" },
    requestParameters: { keyId: "{key}", messageType: "RAW", signingAlgorithm: "ECDSA_SHA_256" },
  },
  GenerateMac: {
    ...use,
    kind: "mac",
    input: { KeyId: "{key}", Message, MacAlgorithm: "HMAC_SHA_256" },
    requestParameters: { keyId: "{key}", macAlgorithm: "HMAC_SHA_256" },
  },
  VerifyMac: {
    ...use,
    kind: "mac",
    before: authenticated,
    input: { KeyId: "{key}", Message, Mac: "{mac}", MacAlgorithm: "HMAC_SHA_256" },
    requestParameters: { keyId: "{key}", macAlgorithm: "HMAC_SHA_256" },
  },
  DeriveSharedSecret: {
    ...use,
    kind: "agreement",
    input: { KeyId: "{key}", KeyAgreementAlgorithm: "ECDH", PublicKey },
    requestParameters: { keyId: "{key}", keyAgreementAlgorithm: "ECDH" },
  },
  Encapsulate: {
    ...use,
    kind: "encapsulation",
    input: { KeyId: "{key}", EncapsulationAlgorithm: "ML_KEM" },
    requestParameters: { keyId: "{key}", encapsulationAlgorithm: "ML_KEM" },
  },
  Decapsulate: {
    ...use,
    kind: "encapsulation",
    before: encapsulated,
    input: { KeyId: "{key}", EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: "{shared}" },
    requestParameters: { keyId: "{key}", encapsulationAlgorithm: "ML_KEM" },
  },
  GenerateRandom: { readOnly: true, input: { NumberOfBytes: 32 }, requestParameters: null, resources: [] },
};
