import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  CreateKeyCommand,
  DataKeyPairSpec,
  DecryptCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
} from "@aws-sdk/client-kms";
import { type Key, keyRowId } from "../src/services/kms/entities.ts";
import { newKey } from "./key-kinds.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { commit } from "./principals.ts";
import { refused } from "./refused.ts";

describe("data key pairs", () => {
  let server: TestServer;
  let KeyId: string;
  const EncryptionContext = { who: "ada" };
  before(async () => {
    server = await testServer();
    KeyId = (await kms(server).send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  });
  after(() => server.close());
  const decrypt = async (CiphertextBlob: Uint8Array | undefined) =>
    Buffer.from((await kms(server).send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).Plaintext!);
  const publicKeyOf = (pkcs8: Buffer): Buffer =>
    createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" })).export({
      format: "der",
      type: "spki",
    });

  assert.equal(Object.keys(DataKeyPairSpec).length, 12);
  for (const KeyPairSpec of Object.values(DataKeyPairSpec))
    test(`${KeyPairSpec}, with and without the private key in the clear`, async () => {
      const asked = { KeyId, KeyPairSpec, EncryptionContext };
      const clear = await kms(server).send(new GenerateDataKeyPairCommand(asked));
      const sealed = await kms(server).send(new GenerateDataKeyPairWithoutPlaintextCommand(asked));
      assert.deepEqual(await decrypt(clear.PrivateKeyCiphertextBlob), Buffer.from(clear.PrivateKeyPlaintext!));
      assert.ok(!("PrivateKeyPlaintext" in sealed) || sealed.PrivateKeyPlaintext === undefined);
      for (const { PrivateKeyCiphertextBlob, PublicKey, KeyMaterialId, ...answer } of [clear, sealed]) {
        assert.deepEqual(publicKeyOf(await decrypt(PrivateKeyCiphertextBlob)), Buffer.from(PublicKey!));
        assert.equal(answer.KeyPairSpec, KeyPairSpec);
        assert.match(answer.KeyId!, /^arn:aws:kms:/);
        assert.match(KeyMaterialId!, /^[0-9a-f]{64}$/);
      }
      assert.notDeepEqual(clear.PublicKey, sealed.PublicKey);
    });

  test("only a symmetric key makes them, and none in a custom key store", async () => {
    const asked = { KeyId: await newKey(server, "RSA_2048", "ENCRYPT_DECRYPT"), KeyPairSpec: "ECC_NIST_P256" } as const;
    await assert.rejects(
      kms(server).send(new GenerateDataKeyPairCommand(asked)),
      refused("InvalidKeyUsageException", /^Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048\.$/),
    );
    const { entities } = server.house;
    for (const origin of ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]) {
      const entity = entities.get<Key>("key", keyRowId("eu-west-1", KeyId))!;
      await commit(server, [entities.put(entity, { ...entity.content, origin })]);
      await assert.rejects(
        kms(server).send(new GenerateDataKeyPairWithoutPlaintextCommand({ ...asked, KeyId })),
        refused("UnsupportedOperationException", /is not valid for this operation\.$/),
      );
    }
  });

  test("a pair spec that is none is refused in AWS's words", async () => {
    const asked = { KeyId, KeyPairSpec: "ML_DSA_44" as "SM2" };
    await assert.rejects(
      kms(server).send(new GenerateDataKeyPairCommand(asked)),
      refused(
        "ValidationException",
        /^1 validation error detected: Value 'ML_DSA_44' at 'keyPairSpec' failed to satisfy constraint: Member must satisfy enum value set: \[/,
      ),
    );
  });
});
