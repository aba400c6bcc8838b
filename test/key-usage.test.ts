import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetKeyLastUsageCommand,
  ReEncryptCommand,
} from "@aws-sdk/client-kms";
import type { Settings } from "../src/config.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { kms, testServer, type TestServer } from "./kit.ts";
import { ireland, newMultiRegionKey, ohio } from "./multi-region-key.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const Plaintext = Buffer.from("x");
const usage = async (server: TestServer, KeyId: string, region = ireland) => {
  const { $metadata: _m, ...answer } = await kms(server, undefined, region).send(new GetKeyLastUsageCommand({ KeyId }));
  return answer;
};
const create = async (server: TestServer) => (await kms(server).send(new CreateKeyCommand({}))).KeyMetadata!;

test("the last successful use of a key is told, with its record; refusals and dry runs are no use", async () => {
  await using server = await testServer();
  const client = kms(server);
  const { KeyId, CreationDate } = await create(server);
  const unused = { KeyId, KeyLastUsage: {}, TrackingStartDate: CreationDate, KeyCreationDate: CreationDate };
  assert.deepEqual(await usage(server, KeyId!), unused);
  const dry = client.send(new EncryptCommand({ KeyId, Plaintext, DryRun: true }));
  await assert.rejects(dry, refused("DryRunOperationException"));
  assert.deepEqual(await usage(server, KeyId!), unused);

  const { CiphertextBlob, $metadata } = await client.send(new EncryptCommand({ KeyId, Plaintext }));
  const [, record] = await recordsOf(server, "Encrypt");
  const { KeyLastUsage } = await usage(server, KeyId!);
  const { Timestamp, ...rest } = KeyLastUsage!;
  assert.deepEqual(rest, {
    Operation: "Encrypt",
    CloudTrailEventId: record!.eventID,
    KmsRequestId: $metadata.requestId,
  });
  assert.equal(Timestamp!.toISOString().slice(0, 19), String(record!.eventTime).slice(0, 19));
  await advance(server, 3_600_000);
  await client.send(new DecryptCommand({ CiphertextBlob }));
  const later = await usage(server, KeyId!);
  assert.equal(later.KeyLastUsage!.Operation, "Decrypt");
  assert.ok(later.KeyLastUsage!.Timestamp!.getTime() >= Timestamp!.getTime() + 3_600_000);
  await client.send(new DisableKeyCommand({ KeyId }));
  await assert.rejects(client.send(new EncryptCommand({ KeyId, Plaintext })), refused("DisabledException"));
  assert.deepEqual(await usage(server, KeyId!), later);
});

test("ReEncrypt uses both keys; related keys are used each for itself", async () => {
  await using server = await testServer();
  const client = kms(server);
  const [from, to] = [(await create(server)).KeyId!, (await create(server)).KeyId!];
  const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: from, Plaintext }));
  await client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: to }));
  for (const id of [from, to]) assert.equal((await usage(server, id)).KeyLastUsage!.Operation, "ReEncrypt");
  const related = await newMultiRegionKey(server, [ohio]);
  await kms(server, undefined, ohio).send(new EncryptCommand({ KeyId: related, Plaintext }));
  assert.equal((await usage(server, related, ohio)).KeyLastUsage!.Operation, "Encrypt");
  assert.deepEqual((await usage(server, related)).KeyLastUsage, {});
});

test("the last use outlives the server", async () => {
  using folder = temporaryFolder();
  const settings: Settings = { data: folder.file("data") };
  let KeyId: string;
  let before: object;
  {
    await using server = await testServer(settings);
    KeyId = (await create(server)).KeyId!;
    await kms(server).send(new EncryptCommand({ KeyId, Plaintext }));
    before = await usage(server, KeyId);
  }
  await using again = await testServer(settings);
  assert.deepEqual(await usage(again, KeyId), before);
});
