import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import { type KeyKind, keyKinds, newKey } from "./key-kinds.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

const Message = Buffer.from("one if by land, two if by sea");

/** Digests of `Message` by the end of the algorithm's name. */
const digestOf = (algorithm: string): Buffer => {
  const [hash = ""] = /(?:SHA_\d+|SM2DSA)$/.exec(algorithm) ?? [];
  return createHash(hash === "SM2DSA" ? "sm3" : hash.replace("SHA_", "sha"))
    .update(Message)
    .digest();
};

/** Message types that each signing algorithm takes, with a message that fits. */
function messagesFor(algorithm: string): readonly (readonly ["RAW" | "DIGEST" | "EXTERNAL_MU", Buffer])[] {
  if (algorithm === "ED25519_SHA_512") return [["RAW", Message]];
  if (algorithm === "ED25519_PH_SHA_512") return [["DIGEST", digestOf(algorithm)]];
  if (algorithm === "ML_DSA_SHAKE_256")
    return [
      ["RAW", Message],
      ["EXTERNAL_MU", createHash("shake256", { outputLength: 64 }).update(Message).digest()],
    ];
  return [
    ["RAW", Message],
    ["DIGEST", digestOf(algorithm)],
  ];
}

const types = ["RAW", "DIGEST", "EXTERNAL_MU"] as const;
const flipped = (bytes: Uint8Array, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

describe("every key does what it is for", () => {
  let server: TestServer;
  before(async () => void (server = await testServer()));
  after(() => server.close());

  const each = (usage: string, run: (KeyId: string, kind: KeyKind, algorithm: never) => Promise<void>) => {
    for (const kind of keyKinds.filter((known) => known.usage === usage))
      test(`${kind.spec} for ${usage}`, async () => {
        const KeyId = await newKey(server, kind.spec, kind.usage);
        for (const algorithm of kind.algorithms) await run(KeyId, kind, algorithm as never);
      });
  };

  each("SIGN_VERIFY", async (KeyId, _kind, SigningAlgorithm: never) => {
    const taken = messagesFor(SigningAlgorithm);
    for (const [MessageType, message] of taken) {
      const asked = { KeyId, Message: message, SigningAlgorithm, MessageType };
      const { Signature, ...rest } = await kms(server).send(new SignCommand(asked));
      assert.equal(rest.SigningAlgorithm, SigningAlgorithm);
      assert.match(rest.KeyId!, /^arn:aws:kms:eu-west-1:000000000000:key\//);
      const held = await kms(server).send(new VerifyCommand({ ...asked, Signature }));
      assert.equal(held.SignatureValid, true);
      for (const wrong of [flipped(Signature!, Signature!.length - 1), flipped(Signature!, 9), Signature!.subarray(1)])
        await assert.rejects(
          kms(server).send(new VerifyCommand({ ...asked, Signature: wrong })),
          refused("KMSInvalidSignatureException", /^(UnknownError)?$/),
        );
      await assert.rejects(
        kms(server).send(new VerifyCommand({ ...asked, Message: flipped(message, 0), Signature })),
        refused("KMSInvalidSignatureException"),
      );
      if (MessageType === "RAW") continue;
      for (const bytes of [message.subarray(1), Buffer.concat([message, Buffer.of(0)])])
        await assert.rejects(
          kms(server).send(new SignCommand({ ...asked, Message: bytes })),
          refused("ValidationException", /^Digest is invalid length for algorithm [A-Z0-9_]+\.$/),
        );
    }
    for (const MessageType of types.filter((type) => !taken.some(([good]) => good === type)))
      await assert.rejects(
        kms(server).send(new SignCommand({ KeyId, Message, SigningAlgorithm, MessageType })),
        refused("ValidationException"),
      );
  });

  each("GENERATE_VERIFY_MAC", async (KeyId, kind, MacAlgorithm: never) => {
    const { Mac } = await kms(server).send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }));
    assert.equal(Mac!.length * 8, Number(kind.spec.slice(5)));
    const held = await kms(server).send(new VerifyMacCommand({ KeyId, Message, MacAlgorithm, Mac }));
    assert.equal(held.MacValid, true);
    for (const wrong of [flipped(Mac!, 0), Mac!.subarray(1), Buffer.concat([Mac!, Buffer.of(0)])])
      await assert.rejects(
        kms(server).send(new VerifyMacCommand({ KeyId, Message, MacAlgorithm, Mac: wrong })),
        refused("KMSInvalidMacException"),
      );
  });

  each("ENCRYPT_DECRYPT", async (KeyId, kind, EncryptionAlgorithm: never) => {
    const asked = { KeyId, EncryptionAlgorithm };
    const { CiphertextBlob, ...rest } = await kms(server).send(new EncryptCommand({ ...asked, Plaintext: Message }));
    assert.equal(rest.EncryptionAlgorithm, EncryptionAlgorithm);
    const opened = await kms(server).send(new DecryptCommand({ ...asked, CiphertextBlob }));
    assert.deepEqual(Buffer.from(opened.Plaintext!), Message);
    assert.equal(opened.EncryptionAlgorithm, EncryptionAlgorithm);
    assert.equal(opened.KeyMaterialId !== undefined, kind.spec === "SYMMETRIC_DEFAULT");
    for (const wrong of [flipped(CiphertextBlob!, CiphertextBlob!.length - 1), CiphertextBlob!.subarray(1)])
      await assert.rejects(
        kms(server).send(new DecryptCommand({ ...asked, CiphertextBlob: wrong })),
        refused("InvalidCiphertextException"),
      );
  });

  each("KEY_AGREEMENT", async (KeyId, kind, KeyAgreementAlgorithm: never) => {
    const other = await newKey(server, kind.spec, kind.usage);
    const publicKey = async (id: string) => (await kms(server).send(new GetPublicKeyCommand({ KeyId: id }))).PublicKey!;
    const derive = async (id: string, PublicKey: Uint8Array) =>
      kms(server).send(new DeriveSharedSecretCommand({ KeyId: id, KeyAgreementAlgorithm, PublicKey }));
    const one = await derive(KeyId, await publicKey(other));
    const two = await derive(other, await publicKey(KeyId));
    assert.deepEqual(one.SharedSecret, two.SharedSecret);
    assert.deepEqual([one.KeyAgreementAlgorithm, one.KeyOrigin], ["ECDH", "AWS_KMS"]);
    await assert.rejects(derive(KeyId, flipped(await publicKey(other), 40)), refused("ValidationException"));
  });

  each("ENCAPSULATE_DECAPSULATE", async (KeyId, _kind, EncapsulationAlgorithm: never) => {
    const asked = { KeyId, EncapsulationAlgorithm };
    const made = await kms(server).send(new EncapsulateCommand(asked));
    const decapsulate = (SharedSecretCiphertextBlob: Uint8Array) =>
      kms(server).send(new DecapsulateCommand({ ...asked, SharedSecretCiphertextBlob }));
    const blob = made.SharedSecretCiphertextBlob!;
    assert.deepEqual((await decapsulate(blob)).SharedSecret, made.SharedSecret);
    assert.equal(made.SharedSecret!.length, 32);
    const rejected = await decapsulate(flipped(blob, 5));
    assert.equal(rejected.SharedSecret!.length, 32);
    assert.notDeepEqual(rejected.SharedSecret, made.SharedSecret);
    for (const wrong of [blob.subarray(1), Buffer.concat([blob, Buffer.of(0)])])
      await assert.rejects(decapsulate(wrong), refused("InvalidCiphertextException"));
  });
});
