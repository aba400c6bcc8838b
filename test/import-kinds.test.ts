import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, verify } from "node:crypto";
import { test } from "node:test";
import {
  type AlgorithmSpec,
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KeySpec,
  SignCommand,
  type SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";
import { bring, newImportedKey, parcel } from "./imported-material.ts";
import { kms, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

const Message = Buffer.from("attack at dawn");

test("a MAC key of one's own makes the MACs that its owner makes, and never takes another", async () => {
  await using server = await testServer();
  const client = kms(server);
  for (const [bits, bytes] of [
    [224, 28],
    [256, 32],
    [384, 48],
    [512, 64],
  ] as const) {
    const spec = { KeySpec: `HMAC_${bits}` as KeySpec, KeyUsage: "GENERATE_VERIFY_MAC" };
    const KeyId = await newImportedKey(client, spec);
    const material = randomBytes(bytes);
    const made = await bring(client, KeyId, await parcel(client, KeyId, material));
    assert.equal(made.KeyMaterialId, undefined);
    const { Mac } = await client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm: `HMAC_SHA_${bits}` }));
    assert.deepEqual(Buffer.from(Mac!), createHmac(`sha${bits}`, material).update(Message).digest());
    const other = await parcel(client, KeyId, randomBytes(bytes));
    await assert.rejects(bring(client, KeyId, other), refused("IncorrectKeyMaterialException"));
    await assert.rejects(
      bring(client, KeyId, other, { ImportType: "NEW_KEY_MATERIAL" }),
      refused("ValidationException"),
    );
    const wrong = await parcel(client, KeyId, randomBytes(bytes - 1));
    await assert.rejects(bring(client, KeyId, wrong), refused("IncorrectKeyMaterialException"));
  }
});

const pkcs8 = {
  privateKeyEncoding: { format: "der", type: "pkcs8" },
  publicKeyEncoding: { format: "der", type: "spki" },
} as const;
const curve = (namedCurve: string) => () => generateKeyPairSync("ec", { namedCurve, ...pkcs8 });
const rsa = (modulusLength: number) => () => generateKeyPairSync("rsa", { modulusLength, ...pkcs8 });

const kinds: readonly (readonly [
  spec: KeySpec,
  make: () => { publicKey: Buffer; privateKey: Buffer },
  wrapping: AlgorithmSpec,
  signing: SigningAlgorithmSpec,
  hash: string | null,
])[] = [
  ["ECC_NIST_P256", curve("P-256"), "RSAES_OAEP_SHA_256", "ECDSA_SHA_256", "sha256"],
  ["ECC_NIST_P384", curve("P-384"), "RSA_AES_KEY_WRAP_SHA_256", "ECDSA_SHA_384", "sha384"],
  ["ECC_NIST_P521", curve("P-521"), "RSA_AES_KEY_WRAP_SHA_1", "ECDSA_SHA_512", "sha512"],
  ["ECC_SECG_P256K1", curve("secp256k1"), "RSAES_OAEP_SHA_1", "ECDSA_SHA_256", "sha256"],
  ["ECC_NIST_EDWARDS25519", () => generateKeyPairSync("ed25519", pkcs8), "RSAES_OAEP_SHA_256", "ED25519_SHA_512", null],
  ["RSA_2048", rsa(2048), "RSA_AES_KEY_WRAP_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256", "sha256"],
  ["RSA_3072", rsa(3072), "RSA_AES_KEY_WRAP_SHA_1", "RSASSA_PKCS1_V1_5_SHA_512", "sha512"],
];

for (const [spec, make, wrapping, SigningAlgorithm, hash] of kinds)
  test(`a ${spec} key of one's own signs as its owner would; its public key is known while the private one is away`, async () => {
    await using server = await testServer();
    const client = kms(server);
    const KeyId = await newImportedKey(client, { KeySpec: spec, KeyUsage: "SIGN_VERIFY" });
    const { publicKey, privateKey } = make();
    const sent = await parcel(client, KeyId, privateKey, wrapping);
    await bring(client, KeyId, sent);
    const signed = await client.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
    const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
    assert.ok(verify(hash, Message, key, signed.Signature!));
    const other = await parcel(client, KeyId, make().privateKey, wrapping);
    await assert.rejects(bring(client, KeyId, other), refused("IncorrectKeyMaterialException"));
    await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    assert.deepEqual([KeyMetadata!.KeyState, KeyMetadata!.CurrentKeyMaterialId], ["PendingImport", undefined]);
    assert.deepEqual(Buffer.from((await client.send(new GetPublicKeyCommand({ KeyId }))).PublicKey!), publicKey);
    const away = client.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
    await assert.rejects(away, refused("KMSInvalidStateException", /is pending import\.$/));
    await bring(client, KeyId, sent);
    await client.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
  });

test("an SM2 key of one's own, for each of its usages", async () => {
  await using server = await testServer();
  const client = kms(server);
  const { publicKey, privateKey } = curve("SM2")();
  for (const KeyUsage of ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "KEY_AGREEMENT"]) {
    const KeyId = await newImportedKey(client, { KeySpec: "SM2", KeyUsage });
    await bring(client, KeyId, await parcel(client, KeyId, privateKey, "RSA_AES_KEY_WRAP_SHA_256"));
    assert.deepEqual(Buffer.from((await client.send(new GetPublicKeyCommand({ KeyId }))).PublicKey!), publicKey);
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    assert.equal(KeyMetadata!.KeyState, "Enabled");
  }
});

test("a private key of another kind is refused; post-quantum keys are not imported", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  for (const wrong of [
    curve("P-384")().privateKey,
    rsa(2048)().privateKey,
    curve("P-256")().publicKey,
    randomBytes(64),
  ]) {
    const sent = await parcel(client, KeyId, wrong, "RSA_AES_KEY_WRAP_SHA_256");
    await assert.rejects(bring(client, KeyId, sent), refused("IncorrectKeyMaterialException"));
  }
  const create = new CreateKeyCommand({ Origin: "EXTERNAL", KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY" });
  await assert.rejects(client.send(create), refused("UnsupportedOperationException"));
});
