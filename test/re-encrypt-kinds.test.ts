import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DecryptCommand, EncryptCommand, type EncryptionAlgorithmSpec, ReEncryptCommand } from "@aws-sdk/client-kms";
import { keyKinds, newKey } from "./key-kinds.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

interface Side {
  readonly KeyId: string;
  readonly algorithm: EncryptionAlgorithmSpec;
  readonly symmetric: boolean;
}

/** kms.md, section 2: bytes of plaintext. */
const most: Readonly<Record<string, number>> = {
  "RSA_2048 RSAES_OAEP_SHA_1": 214,
  "RSA_2048 RSAES_OAEP_SHA_256": 190,
  "RSA_3072 RSAES_OAEP_SHA_1": 342,
  "RSA_3072 RSAES_OAEP_SHA_256": 318,
  "RSA_4096 RSAES_OAEP_SHA_1": 470,
  "RSA_4096 RSAES_OAEP_SHA_256": 446,
  "SM2 SM2PKE": 1024,
};

describe("encryption under keys of every kind", () => {
  let server: TestServer;
  const sides: Side[] = [];
  const named = new Map<string, Side>();
  before(async () => {
    server = await testServer();
    for (const { spec, algorithms } of keyKinds.filter(({ usage }) => usage === "ENCRYPT_DECRYPT")) {
      const KeyId = await newKey(server, spec, "ENCRYPT_DECRYPT");
      for (const algorithm of algorithms as EncryptionAlgorithmSpec[]) {
        const side = { KeyId, algorithm, symmetric: spec === "SYMMETRIC_DEFAULT" };
        named.set(`${spec} ${algorithm}`, side);
        sides.push(side);
      }
    }
  });
  after(() => server.close());
  const encrypt = async ({ KeyId, algorithm }: Side, Plaintext: Uint8Array) =>
    (await kms(server).send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm: algorithm }))).CiphertextBlob!;
  const decrypt = async ({ KeyId, algorithm }: Side, CiphertextBlob: Uint8Array) =>
    (await kms(server).send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm: algorithm }))).Plaintext!;

  test("from any kind to any kind", async () => {
    const Plaintext = Buffer.from("carry me over");
    for (const from of sides)
      for (const to of sides) {
        const answer = await kms(server).send(
          new ReEncryptCommand({
            CiphertextBlob: await encrypt(from, Plaintext),
            SourceKeyId: from.KeyId,
            SourceEncryptionAlgorithm: from.algorithm,
            DestinationKeyId: to.KeyId,
            DestinationEncryptionAlgorithm: to.algorithm,
          }),
        );
        assert.deepEqual(Buffer.from(await decrypt(to, answer.CiphertextBlob!)), Plaintext);
        assert.equal(answer.SourceEncryptionAlgorithm, from.algorithm);
        assert.equal(answer.DestinationEncryptionAlgorithm, to.algorithm);
        assert.match(answer.SourceKeyId!, new RegExp(`:key/${from.KeyId}$`));
        assert.match(answer.KeyId!, new RegExp(`:key/${to.KeyId}$`));
        assert.equal(answer.SourceKeyMaterialId !== undefined, from.symmetric);
        assert.equal(answer.DestinationKeyMaterialId !== undefined, to.symmetric);
      }
  });

  test("as much as the algorithm takes, and not one byte more", async () => {
    for (const [name, bytes] of Object.entries(most)) {
      const side = named.get(name)!;
      const Plaintext = Buffer.alloc(bytes, 7);
      assert.deepEqual(Buffer.from(await decrypt(side, await encrypt(side, Plaintext))), Plaintext);
      const [spec, algorithm] = name.split(" ");
      const text = `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${bytes} bytes.`;
      const tooLong = (error: Error) => {
        assert.deepEqual([error.name, error.message], ["ValidationException", text]);
        return true;
      };
      await assert.rejects(encrypt(side, Buffer.alloc(bytes + 1)), tooLong);
      const asked = { DestinationKeyId: side.KeyId, DestinationEncryptionAlgorithm: side.algorithm };
      const CiphertextBlob = await encrypt(named.get("SYMMETRIC_DEFAULT SYMMETRIC_DEFAULT")!, Buffer.alloc(bytes + 1));
      await assert.rejects(kms(server).send(new ReEncryptCommand({ CiphertextBlob, ...asked })), tooLong);
    }
  });

  test("an encryption context goes with symmetric keys alone; an empty one is none", async () => {
    const { KeyId, algorithm } = named.get("RSA_2048 RSAES_OAEP_SHA_256")!;
    const asked = { KeyId, EncryptionAlgorithm: algorithm, EncryptionContext: { a: "b" } };
    const no = refused("ValidationException", /^EncryptionContext is not supported/);
    await assert.rejects(kms(server).send(new EncryptCommand({ ...asked, Plaintext: Buffer.from("x") })), no);
    await assert.rejects(kms(server).send(new DecryptCommand({ ...asked, CiphertextBlob: Buffer.alloc(256) })), no);
    const symmetric = named.get("SYMMETRIC_DEFAULT SYMMETRIC_DEFAULT")!;
    const moving = {
      CiphertextBlob: await encrypt(symmetric, Buffer.from("x")),
      DestinationKeyId: KeyId,
      DestinationEncryptionAlgorithm: algorithm,
    };
    const context = { DestinationEncryptionContext: { a: "b" } };
    await assert.rejects(kms(server).send(new ReEncryptCommand({ ...moving, ...context })), no);
    const empty = { ...asked, EncryptionContext: {}, Plaintext: Buffer.from("x") };
    await kms(server).send(new EncryptCommand(empty));
  });

  test("a bare ciphertext names no key, and opens under its own only", async () => {
    const side = named.get("RSA_3072 RSAES_OAEP_SHA_256")!;
    const CiphertextBlob = await encrypt(side, Buffer.from("x"));
    const without = new DecryptCommand({ CiphertextBlob, EncryptionAlgorithm: side.algorithm });
    await assert.rejects(kms(server).send(without), refused("InvalidCiphertextException"));
    for (const other of sides.filter(({ KeyId, symmetric }) => KeyId !== side.KeyId && !symmetric))
      await assert.rejects(decrypt(other, CiphertextBlob), refused("InvalidCiphertextException"));
    const otherHash = { ...side, algorithm: "RSAES_OAEP_SHA_1" } as const;
    await assert.rejects(decrypt(otherHash, CiphertextBlob), refused("InvalidCiphertextException"));
  });
});
