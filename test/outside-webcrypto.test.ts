import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  GenerateDataKeyPairCommand,
  GetPublicKeyCommand,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyMacCommand,
  GenerateMacCommand,
} from "@aws-sdk/client-kms";
import { DerReader } from "../src/crypto/der.ts";
import { newKey } from "./key-kinds.ts";
import { kms, type TestServer, testServer } from "./kit.ts";

const { subtle } = webcrypto;
const Message = new TextEncoder().encode("only the key is secret");
const bytes = (given: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(given);

/** WebCrypto's form of an ECDSA signature: r ‖ s. */
function fixed(signature: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const parts = new DerReader(signature).sequence();
  return bytes(Buffer.concat([parts.unsigned(size), parts.unsigned(size)]));
}

describe("WebCrypto takes what is made here, and the reverse", () => {
  let server: TestServer;
  before(async () => void (server = await testServer()));
  after(() => server.close());
  const publicKeyOf = async (KeyId: string) =>
    bytes((await kms(server).send(new GetPublicKeyCommand({ KeyId }))).PublicKey!);
  const signed = async (KeyId: string, SigningAlgorithm: SigningAlgorithmSpec) =>
    bytes((await kms(server).send(new SignCommand({ KeyId, Message, SigningAlgorithm }))).Signature!);

  test("RSA signatures", async () => {
    const KeyId = await newKey(server, "RSA_2048", "SIGN_VERIFY");
    for (const sha of ["256", "384", "512"] as const) {
      const key = async (name: string) =>
        subtle.importKey("spki", await publicKeyOf(KeyId), { name, hash: `SHA-${sha}` }, false, ["verify"]);
      const pkcs1 = await signed(KeyId, `RSASSA_PKCS1_V1_5_SHA_${sha}`);
      assert.ok(await subtle.verify("RSASSA-PKCS1-v1_5", await key("RSASSA-PKCS1-v1_5"), pkcs1, Message));
      const pss = await signed(KeyId, `RSASSA_PSS_SHA_${sha}`);
      const settings = { name: "RSA-PSS", saltLength: Number(sha) / 8 };
      assert.ok(await subtle.verify(settings, await key("RSA-PSS"), pss, Message));
    }
  });

  for (const [spec, namedCurve, sha, size] of [
    ["ECC_NIST_P256", "P-256", "256", 32],
    ["ECC_NIST_P384", "P-384", "384", 48],
    ["ECC_NIST_P521", "P-521", "512", 66],
  ] as const) {
    test(`ECDSA signatures: ${namedCurve}`, async () => {
      const KeyId = await newKey(server, spec, "SIGN_VERIFY");
      const settings = { name: "ECDSA", namedCurve, hash: `SHA-${sha}` };
      const key = await subtle.importKey("spki", await publicKeyOf(KeyId), settings, false, ["verify"]);
      assert.ok(await subtle.verify(settings, key, fixed(await signed(KeyId, `ECDSA_SHA_${sha}`), size), Message));
    });

    test(`a shared secret: ${namedCurve}`, async () => {
      const KeyId = await newKey(server, spec, "KEY_AGREEMENT");
      const settings = { name: "ECDH", namedCurve };
      const peer = await subtle.importKey("spki", await publicKeyOf(KeyId), settings, false, []);
      const own = await subtle.generateKey(settings, true, ["deriveBits"]);
      const secret = await subtle.deriveBits({ name: "ECDH", public: peer }, own.privateKey, null);
      const PublicKey = new Uint8Array(await subtle.exportKey("spki", own.publicKey));
      const asked = { KeyId, KeyAgreementAlgorithm: "ECDH" as const, PublicKey };
      const { SharedSecret } = await kms(server).send(new DeriveSharedSecretCommand(asked));
      assert.deepEqual(bytes(SharedSecret!), new Uint8Array(secret));
    });
  }

  test("Ed25519 signatures", async () => {
    const KeyId = await newKey(server, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY");
    const key = await subtle.importKey("spki", await publicKeyOf(KeyId), "Ed25519", false, ["verify"]);
    assert.ok(await subtle.verify("Ed25519", key, await signed(KeyId, "ED25519_SHA_512"), Message));
  });

  test("RSA-OAEP under the downloaded public key, and with a data key pair", async () => {
    const KeyId = await newKey(server, "RSA_2048", "ENCRYPT_DECRYPT");
    const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
    const pair = await kms(server).send(
      new GenerateDataKeyPairCommand({ KeyId: KeyMetadata!.KeyId, KeyPairSpec: "RSA_2048" }),
    );
    for (const [hash, algorithm] of [
      ["SHA-1", "RSAES_OAEP_SHA_1"],
      ["SHA-256", "RSAES_OAEP_SHA_256"],
    ] as const) {
      const settings = { name: "RSA-OAEP", hash };
      const key = await subtle.importKey("spki", await publicKeyOf(KeyId), settings, false, ["encrypt"]);
      const CiphertextBlob = new Uint8Array(await subtle.encrypt(settings, key, Message));
      const asked = { KeyId, CiphertextBlob, EncryptionAlgorithm: algorithm };
      assert.deepEqual(bytes((await kms(server).send(new DecryptCommand(asked))).Plaintext!), Message);
      const theirs = await subtle.importKey("spki", bytes(pair.PublicKey!), settings, false, ["encrypt"]);
      const own = await subtle.importKey("pkcs8", bytes(pair.PrivateKeyPlaintext!), settings, false, ["decrypt"]);
      const sealed = await subtle.encrypt(settings, theirs, Message);
      assert.deepEqual(new Uint8Array(await subtle.decrypt(settings, own, sealed)), Message);
    }
  });

  test("a MAC is not what another key makes of the same message", async () => {
    const [one, two] = await Promise.all([1, 2].map(() => newKey(server, "HMAC_256", "GENERATE_VERIFY_MAC")));
    const asked = { Message, MacAlgorithm: "HMAC_SHA_256" as const };
    const { Mac } = await kms(server).send(new GenerateMacCommand({ ...asked, KeyId: one }));
    await assert.rejects(kms(server).send(new VerifyMacCommand({ ...asked, KeyId: two, Mac })));
  });
});
