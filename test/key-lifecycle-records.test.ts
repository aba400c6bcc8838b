import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  RotateKeyOnDemandCommand,
  UpdatePrimaryRegionCommand,
} from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { bring, newImportedKey, parcel } from "./imported-material.ts";
import { kms, testServer } from "./kit.ts";
import { ireland, newMultiRegionKey, ohio } from "./multi-region-key.ts";
import { records, recordsOf } from "./trail.ts";

const day = 86_400_000;
const arnIn = (region: string, id: string) => `arn:aws:kms:${region}:000000000000:key/${id}`;

test("a rotation is recorded as the service's own act, with both materials; a replica as synchronised", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newMultiRegionKey(server, [ohio]);
  const current = async () => (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.CurrentKeyMaterialId;
  const before = await current();
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  await advance(server, 91 * day);
  const between = await current();
  await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  const rotations = await recordsOf(server, "RotateKey");
  const shared = { keyOrigin: "AWS_KMS", keyId: KeyId };
  assert.deepEqual(
    rotations.map(({ serviceEventDetails }) => serviceEventDetails),
    [
      { ...shared, rotationType: "AUTOMATIC", previousKeyMaterialId: before, currentKeyMaterialId: between },
      { ...shared, rotationType: "ON_DEMAND", previousKeyMaterialId: between, currentKeyMaterialId: await current() },
    ],
  );
  for (const { eventType, userIdentity, requestParameters, requestID, resources } of rotations) {
    assert.deepEqual([eventType, requestParameters, requestID], ["AwsServiceEvent", null, undefined]);
    assert.deepEqual(userIdentity, { accountId: "000000000000", invokedBy: "AWS Internal" });
    assert.equal(resources[0].ARN, arnIn(ireland, KeyId));
  }
  const synchronized = await recordsOf(server, "SynchronizeMultiRegionKey");
  assert.equal(synchronized.length, 3);
  for (const { eventType, awsRegion, sourceIPAddress, resources } of synchronized)
    assert.deepEqual(
      [eventType, awsRegion, sourceIPAddress, resources[0].ARN],
      ["AwsApiCall", ohio, "AWS Internal", arnIn(ohio, KeyId)],
    );
  const [enabled] = await recordsOf(server, "EnableKeyRotation");
  assert.deepEqual(enabled!.requestParameters, { keyId: KeyId, rotationPeriodInDays: 90 });
  assert.deepEqual(enabled!.responseElements, { keyId: arnIn(ireland, KeyId) });
});

test("what happens in two Regions is recorded in both, under one request", async () => {
  await using server = await testServer();
  const KeyId = await newMultiRegionKey(server, [ohio]);
  const [replicated] = await recordsOf(server, "ReplicateKey");
  const [, there] = await recordsOf(server, "CreateKey");
  assert.deepEqual([replicated!.awsRegion, there!.awsRegion], [ireland, ohio]);
  assert.equal(there!.requestID, replicated!.requestID);
  assert.equal(there!.resources[0].ARN, arnIn(ohio, KeyId));
  assert.equal(there!.responseElements.keyMetadata.multiRegionConfiguration.multiRegionKeyType, "REPLICA");
  const { replicaKeyMetadata, replicaPolicy } = replicated!.responseElements;
  assert.equal(replicaKeyMetadata.keyState, "Creating");
  assert.match(replicaPolicy, /Enable IAM User Permissions/);
  await kms(server).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: ohio }));
  const moved = await recordsOf(server, "UpdatePrimaryRegion");
  assert.deepEqual(
    moved.map(({ awsRegion, resources }) => [awsRegion, resources[0].ARN]),
    [
      [ireland, arnIn(ireland, KeyId)],
      [ohio, arnIn(ohio, KeyId)],
    ],
  );
  assert.equal(moved[0]!.requestID, moved[1]!.requestID);
});

test("an import's record tells what and until when, never the token or the bytes; expiry is the service's own act", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const material = randomBytes(32);
  const sent = await parcel(client, KeyId, material);
  const ValidTo = new Date(server.house.clocks.domain() + 5 * day);
  const more = { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo, KeyMaterialDescription: "safe 7" } as const;
  const { KeyMaterialId } = await bring(client, KeyId, sent, more);
  const [imported] = await recordsOf(server, "ImportKeyMaterial");
  const { validTo, ...parameters } = imported!.requestParameters;
  assert.match(validTo, /^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}:\d{2} [AP]M$/);
  assert.deepEqual(parameters, {
    keyId: KeyId,
    expirationModel: "KEY_MATERIAL_EXPIRES",
    keyMaterialDescription: "safe 7",
  });
  assert.deepEqual(imported!.responseElements, { keyId: arnIn(ireland, KeyId), keyMaterialId: KeyMaterialId });
  await advance(server, 6 * day);
  const [expired] = await recordsOf(server, "DeleteExpiredKeyMaterial");
  assert.equal(expired!.eventType, "AwsServiceEvent");
  assert.deepEqual(expired!.serviceEventDetails, { keyId: KeyId, keyMaterialId: KeyMaterialId });
  const all = JSON.stringify(await records(server));
  for (const bytes of [material, sent.ImportToken, sent.EncryptedKeyMaterial])
    assert.ok(!all.includes(Buffer.from(bytes).toString("base64").slice(0, 40)));
});
