import { generateKeyPairSync } from "node:crypto";
import {
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  type KMSClient,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";

/** An operation that uses a key, with a call that gets as far as the use itself. */
export interface KeyUse {
  readonly name: string;
  /** A key that it is for. */
  readonly spec: string;
  readonly usage: string;
  /** Where the use itself fails, because what is given was not made with this key. */
  readonly fails?: string;
  readonly call: (client: KMSClient, KeyId: string, more?: object) => Promise<object>;
}

const Message = Buffer.from("message");
const peer = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" });
const ecdsa = { Message, SigningAlgorithm: "ECDSA_SHA_256" } as const;
const mac = { Message, MacAlgorithm: "HMAC_SHA_256" } as const;
const oaep = { EncryptionAlgorithm: "RSAES_OAEP_SHA_256" } as const;
const kem = { EncapsulationAlgorithm: "ML_KEM" } as const;
const signer = { spec: "ECC_NIST_P256", usage: "SIGN_VERIFY" };
const authenticator = { spec: "HMAC_256", usage: "GENERATE_VERIFY_MAC" };
const sealer = { spec: "RSA_2048", usage: "ENCRYPT_DECRYPT" };
const symmetric = { spec: "SYMMETRIC_DEFAULT", usage: "ENCRYPT_DECRYPT" };
const encapsulator = { spec: "ML_KEM_512", usage: "ENCAPSULATE_DECAPSULATE" };

export const keyUses: readonly KeyUse[] = [
  {
    name: "Sign",
    ...signer,
    call: (client, KeyId, more) => client.send(new SignCommand({ KeyId, ...ecdsa, ...more })),
  },
  {
    name: "Verify",
    ...signer,
    fails: "KMSInvalidSignatureException",
    call: (client, KeyId, more) =>
      client.send(new VerifyCommand({ KeyId, ...ecdsa, Signature: Buffer.alloc(70, 1), ...more })),
  },
  {
    name: "GenerateMac",
    ...authenticator,
    call: (client, KeyId, more) => client.send(new GenerateMacCommand({ KeyId, ...mac, ...more })),
  },
  {
    name: "VerifyMac",
    ...authenticator,
    fails: "KMSInvalidMacException",
    call: (client, KeyId, more) => client.send(new VerifyMacCommand({ KeyId, ...mac, Mac: Buffer.alloc(32), ...more })),
  },
  {
    name: "DeriveSharedSecret",
    spec: "ECC_NIST_P256",
    usage: "KEY_AGREEMENT",
    call: (client, KeyId, more) =>
      client.send(new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: peer, ...more })),
  },
  {
    name: "Encapsulate",
    ...encapsulator,
    call: (client, KeyId, more) => client.send(new EncapsulateCommand({ KeyId, ...kem, ...more })),
  },
  {
    name: "Decapsulate",
    ...encapsulator,
    call: (client, KeyId, more) =>
      client.send(new DecapsulateCommand({ KeyId, ...kem, SharedSecretCiphertextBlob: Buffer.alloc(768), ...more })),
  },
  {
    name: "Encrypt",
    ...sealer,
    call: (client, KeyId, more) => client.send(new EncryptCommand({ KeyId, Plaintext: Message, ...oaep, ...more })),
  },
  {
    name: "Decrypt",
    ...sealer,
    fails: "InvalidCiphertextException",
    call: (client, KeyId, more) =>
      client.send(new DecryptCommand({ KeyId, CiphertextBlob: Buffer.alloc(256, 1), ...oaep, ...more })),
  },
  {
    name: "GenerateDataKeyPair",
    ...symmetric,
    call: (client, KeyId, more) =>
      client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: "ECC_NIST_P256", ...more })),
  },
  {
    name: "GenerateDataKeyPairWithoutPlaintext",
    ...symmetric,
    call: (client, KeyId, more) =>
      client.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: "ECC_NIST_P256", ...more })),
  },
];
