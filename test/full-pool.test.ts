import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateKeyCommand, EncryptCommand, GenerateDataKeyPairCommand } from "@aws-sdk/client-kms";
import { kms, rootOf, testServer } from "./kit.ts";

test("more key pairs than can be made are refused, not kept waiting; others are served meanwhile", async () => {
  await using server = await testServer();
  const [flooding, other] = [kms(server), kms(server, rootOf("111122223333"))];
  const keyOf = async (client: typeof other) => (await client.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  const [KeyId, otherKeyId] = await Promise.all([keyOf(flooding), keyOf(other)]);
  const asked = { KeyId, KeyPairSpec: "RSA_2048" } as const;
  const flood = Array.from({ length: 60 }, () => flooding.send(new GenerateDataKeyPairCommand(asked)));
  const settled = Promise.allSettled(flood);
  const Plaintext = Buffer.from("small talk");
  const [pair, small] = await Promise.all([
    other.send(new GenerateDataKeyPairCommand({ KeyId: otherKeyId, KeyPairSpec: "ECC_NIST_P256" })),
    flooding.send(new EncryptCommand({ KeyId, Plaintext })),
  ]);
  assert.ok(pair.PublicKey && small.CiphertextBlob);
  const outcomes = await settled;
  const refusals = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.ok(refusals.length > 0 && refusals.length < outcomes.length, `${refusals.length} were refused`);
  const text = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";
  for (const { reason } of refusals)
    assert.deepEqual([(reason as Error).name, (reason as Error).message], ["ThrottlingException", text]);
});
