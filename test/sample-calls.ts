import { constants, generateKeyPairSync, publicEncrypt, randomBytes } from "node:crypto";
import { rootCaller } from "../src/identity/principals.ts";
import { callAs } from "../src/pipeline.ts";
import type { TestServer } from "./kit.ts";
import { account } from "./principals.ts";

/** One working call for every operation that acts on a key, for tests that go through all of them. */

export const region = "eu-west-1";
export type Input = Record<string, unknown>;
export type Ask = (operation: string, input: Input) => Promise<Input>;

/** Asks KMS, or another service, as the account's root, from inside: typed input, typed output, AwsError. */
export const asRoot = (server: TestServer, of: string = account, where: string = region, service = "kms"): Ask => {
  const origin = { sourceAddress: "203.0.113.9", userAgent: "tests", secure: true };
  const who = () => ({ caller: rootCaller(of, "AKIA", origin, []), region: where });
  return (operation, input) => callAs(server.house, who, { service, operation, input });
};

const kinds = {
  symmetric: {},
  mac: { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" },
  signing: { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" },
  agreement: { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" },
  encapsulation: { KeySpec: "ML_KEM_768", KeyUsage: "ENCAPSULATE_DECAPSULATE" },
  related: { MultiRegion: true },
  imported: { Origin: "EXTERNAL" },
} as const;
export type Kind = keyof typeof kinds;

/** A new key of that kind, ready for use: its ARN. */
export async function makeKey(kind: Kind, ask: Ask): Promise<string> {
  const { KeyMetadata } = await ask("CreateKey", kinds[kind]);
  const KeyId = (KeyMetadata as { Arn: string }).Arn;
  if (kind === "imported") await ask("ImportKeyMaterial", await importing(KeyId, ask));
  return KeyId;
}

const material = randomBytes(32);

async function importing(KeyId: string, ask: Ask): Promise<Input> {
  const { PublicKey, ImportToken } = await ask("GetParametersForImport", wrapping(KeyId));
  const key = {
    key: PublicKey as Buffer,
    format: "der",
    type: "spki",
    oaepHash: "sha256",
    padding: constants.RSA_PKCS1_OAEP_PADDING,
  } as const;
  const EncryptedKeyMaterial = publicEncrypt(key, material);
  return { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" };
}

const wrapping = (KeyId: string): Input => ({
  KeyId,
  WrappingAlgorithm: "RSAES_OAEP_SHA_256",
  WrappingKeySpec: "RSA_2048",
});

export interface Sample {
  readonly kind: Kind;
  /** Made while the key is enabled; may make what the call needs (a ciphertext, a grant). */
  readonly input: (KeyId: string, ask: Ask) => Input | Promise<Input>;
}

const only = (kind: Kind, more: Input = {}): Sample => ({ kind, input: (KeyId) => ({ KeyId, ...more }) });
const made = (kind: Kind, input: Sample["input"]): Sample => ({ kind, input });

const Plaintext = Buffer.from("attack at dawn");
const Message = Buffer.from("attack at dawn");
const macs = { Message, MacAlgorithm: "HMAC_SHA_256" };
const signing = { Message, SigningAlgorithm: "ECDSA_SHA_256" };
const pair = { KeyPairSpec: "ECC_NIST_P256" };

const blob = async (KeyId: string, ask: Ask): Promise<unknown> =>
  (await ask("Encrypt", { KeyId, Plaintext })).CiphertextBlob;
const grant = (KeyId: string, ask: Ask): Promise<Input> =>
  ask("CreateGrant", { KeyId, GranteePrincipal: account, Operations: ["DescribeKey"] });
const alias = (): string => `alias/${randomBytes(6).toString("hex")}`;
const peer = (): Buffer => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return publicKey.export({ format: "der", type: "spki" });
};

export const samples: Readonly<Record<string, Sample>> = {
  CancelKeyDeletion: only("symmetric"),
  CreateAlias: made("symmetric", (TargetKeyId) => ({ TargetKeyId, AliasName: alias() })),
  CreateGrant: only("symmetric", { GranteePrincipal: account, Operations: ["Encrypt"] }),
  Decapsulate: made("encapsulation", async (KeyId, ask) => {
    const input = { KeyId, EncapsulationAlgorithm: "ML_KEM" };
    return { ...input, SharedSecretCiphertextBlob: (await ask("Encapsulate", input)).SharedSecretCiphertextBlob };
  }),
  Decrypt: made("symmetric", async (KeyId, ask) => ({ CiphertextBlob: await blob(KeyId, ask) })),
  DeleteAlias: made("symmetric", async (TargetKeyId, ask) => {
    const AliasName = alias();
    await ask("CreateAlias", { AliasName, TargetKeyId });
    return { AliasName };
  }),
  DeleteImportedKeyMaterial: only("imported"),
  DeriveSharedSecret: made("agreement", (KeyId) => ({ KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: peer() })),
  DescribeKey: only("symmetric"),
  DisableKey: only("symmetric"),
  DisableKeyRotation: only("symmetric"),
  EnableKey: only("symmetric"),
  EnableKeyRotation: only("symmetric"),
  Encapsulate: only("encapsulation", { EncapsulationAlgorithm: "ML_KEM" }),
  Encrypt: only("symmetric", { Plaintext }),
  GenerateDataKey: only("symmetric", { KeySpec: "AES_256" }),
  GenerateDataKeyPair: only("symmetric", pair),
  GenerateDataKeyPairWithoutPlaintext: only("symmetric", pair),
  GenerateDataKeyWithoutPlaintext: only("symmetric", { NumberOfBytes: 16 }),
  GenerateMac: only("mac", macs),
  GetKeyLastUsage: only("symmetric"),
  GetKeyPolicy: only("symmetric"),
  GetKeyRotationStatus: only("symmetric"),
  GetParametersForImport: made("imported", wrapping),
  GetPublicKey: only("signing"),
  ImportKeyMaterial: made("imported", importing),
  ListAliases: only("symmetric"),
  ListGrants: only("symmetric"),
  ListKeyPolicies: only("symmetric"),
  ListKeyRotations: only("symmetric"),
  ListResourceTags: only("symmetric"),
  PutKeyPolicy: made("symmetric", async (KeyId, ask) => ({
    KeyId,
    Policy: (await ask("GetKeyPolicy", { KeyId })).Policy,
  })),
  ReEncrypt: made("symmetric", async (KeyId, ask) => ({
    CiphertextBlob: await blob(KeyId, ask),
    DestinationKeyId: KeyId,
  })),
  ReplicateKey: only("related", { ReplicaRegion: "ap-south-1" }),
  RetireGrant: made("symmetric", async (KeyId, ask) => ({ KeyId, GrantId: (await grant(KeyId, ask)).GrantId })),
  RevokeGrant: made("symmetric", async (KeyId, ask) => ({ KeyId, GrantId: (await grant(KeyId, ask)).GrantId })),
  RotateKeyOnDemand: only("symmetric"),
  ScheduleKeyDeletion: only("symmetric", { PendingWindowInDays: 7 }),
  Sign: only("signing", signing),
  TagResource: only("symmetric", { Tags: [{ TagKey: "a", TagValue: "1" }] }),
  UntagResource: only("symmetric", { TagKeys: ["a"] }),
  UpdateAlias: made("symmetric", async (TargetKeyId, ask) => {
    const AliasName = alias();
    await ask("CreateAlias", { AliasName, TargetKeyId: await makeKey("symmetric", ask) });
    return { AliasName, TargetKeyId };
  }),
  UpdateKeyDescription: only("symmetric", { Description: "new" }),
  UpdatePrimaryRegion: only("related", { PrimaryRegion: "us-east-1" }),
  Verify: made("signing", async (KeyId, ask) => {
    const input = { KeyId, ...signing };
    return { ...input, Signature: (await ask("Sign", input)).Signature };
  }),
  VerifyMac: made("mac", async (KeyId, ask) => {
    const input = { KeyId, ...macs };
    return { ...input, Mac: (await ask("GenerateMac", input)).Mac };
  }),
};
