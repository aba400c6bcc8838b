import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  ListResourceTagsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdateKeyDescriptionCommand,
  UpdatePrimaryRegionCommand,
} from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { kms, testServer } from "./kit.ts";
import { describe, hold, ireland, newMultiRegionKey, ohio, settled, tokyo } from "./multi-region-key.ts";
import { refused } from "./refused.ts";

const day = 86_400_000;
const arnIn = (region: string, id: string) => `arn:aws:kms:${region}:000000000000:key/${id}`;

test("a replica has the key's id and material and nothing else of it; what one Region encrypts the other opens", async () => {
  await using server = await testServer();
  const client = kms(server);
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({ MultiRegion: true, Description: "first", Tags: [{ TagKey: "a", TagValue: "1" }] }),
  );
  const KeyId = KeyMetadata!.KeyId!;
  assert.match(KeyId, /^mrk-[0-9a-f]{32}$/);
  assert.deepEqual(KeyMetadata!.MultiRegionConfiguration, {
    MultiRegionKeyType: "PRIMARY",
    PrimaryKey: { Arn: arnIn(ireland, KeyId), Region: ireland },
    ReplicaKeys: [],
  });
  const made = await client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: ohio }));
  assert.equal(made.ReplicaKeyMetadata!.KeyState, "Creating");
  assert.equal(made.ReplicaKeyMetadata!.Enabled, false);
  assert.equal(made.ReplicaKeyMetadata!.Arn, arnIn(ohio, KeyId));
  assert.equal(made.ReplicaKeyMetadata!.Description, "");
  assert.equal(made.ReplicaKeyMetadata!.CurrentKeyMaterialId, undefined);
  assert.equal(made.ReplicaTags, undefined);
  assert.match(made.ReplicaPolicy!, /Enable IAM User Permissions/);
  const there = kms(server, undefined, ohio);
  await hold(server, ohio, KeyId, "Creating");
  const early = there.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
  await assert.rejects(early, refused("KMSInvalidStateException", /key\/mrk-[0-9a-f]{32} is creating\.$/));
  await advance(server, 3_600_001);
  const replica = await settled(server, ohio, KeyId);
  assert.equal(replica.KeyState, "Enabled");
  assert.equal(replica.CurrentKeyMaterialId, KeyMetadata!.CurrentKeyMaterialId);
  const configuration = {
    PrimaryKey: { Arn: arnIn(ireland, KeyId), Region: ireland },
    ReplicaKeys: [{ Arn: arnIn(ohio, KeyId), Region: ohio }],
  };
  assert.deepEqual(replica.MultiRegionConfiguration, { MultiRegionKeyType: "REPLICA", ...configuration });
  const primary = await describe(server, ireland, KeyId);
  assert.deepEqual(primary.MultiRegionConfiguration, { MultiRegionKeyType: "PRIMARY", ...configuration });
  assert.deepEqual((await there.send(new ListResourceTagsCommand({ KeyId }))).Tags, []);
  assert.ok((await there.send(new GetKeyPolicyCommand({ KeyId }))).Policy);

  const EncryptionContext = { region: "any" };
  for (const [from, to] of [
    [client, there],
    [there, client],
  ] as const) {
    const { CiphertextBlob } = await from.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from("far"), EncryptionContext }),
    );
    const opened = await to.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    assert.equal(Buffer.from(opened.Plaintext!).toString(), "far");
    assert.equal(opened.KeyMaterialId, replica.CurrentKeyMaterialId);
  }
  await there.send(new UpdateKeyDescriptionCommand({ KeyId, Description: "mine" }));
  await there.send(new DisableKeyCommand({ KeyId }));
  const untouched = await describe(server, ireland, KeyId);
  assert.deepEqual([untouched.Description, untouched.KeyState], ["first", "Enabled"]);
});

test("only a primary at rest is replicated, into one Region once, within its partition", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newMultiRegionKey(server, [ohio]);
  const into = (ReplicaRegion: string, region = ireland, id = KeyId) =>
    kms(server, undefined, region).send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion }));
  await assert.rejects(into(ohio), refused("AlreadyExistsException"));
  await assert.rejects(into(ireland), refused("AlreadyExistsException"));
  await assert.rejects(into("cn-north-1"), refused("UnsupportedOperationException"));
  const noPrimary = /key\/\S+ is not a multi-region primary key\.$/;
  await assert.rejects(into(tokyo, ohio), refused("UnsupportedOperationException", noPrimary));
  const single = await client.send(new CreateKeyCommand({}));
  const id = single.KeyMetadata!.KeyId!;
  await assert.rejects(into(tokyo, ireland, id), refused("UnsupportedOperationException", noPrimary));
  await client.send(new DisableKeyCommand({ KeyId }));
  await assert.rejects(into(tokyo), refused("DisabledException"));
  const raced = await newMultiRegionKey(server, []);
  const both = await Promise.allSettled([into(tokyo, ireland, raced), into(tokyo, ireland, raced)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

test("the primary moves: both keys are updating for a moment and stay in use; what is shared follows the new primary", async () => {
  await using server = await testServer();
  const KeyId = await newMultiRegionKey(server, [ohio, tokyo]);
  const [here, there] = [kms(server), kms(server, undefined, ohio)];
  const move = (client: typeof here, PrimaryRegion: string) =>
    client.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion }));
  await assert.rejects(
    move(there, ohio),
    refused("UnsupportedOperationException", /is not a multi-region primary key/),
  );
  await assert.rejects(move(here, "eu-central-1"), refused("NotFoundException"));
  await move(here, ohio);
  await hold(server, ireland, KeyId, "Updating");
  await here.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
  await assert.rejects(
    here.send(new DisableKeyCommand({ KeyId })),
    refused("KMSInvalidStateException", /is updating\.$/),
  );
  await advance(server, 3_600_001);
  for (const region of [ireland, ohio, tokyo]) {
    const key = await settled(server, region, KeyId);
    assert.equal(key.KeyState, "Enabled");
    assert.equal(key.MultiRegionConfiguration!.PrimaryKey!.Region, ohio);
    assert.deepEqual(
      key.MultiRegionConfiguration!.ReplicaKeys!.map(({ Region }) => Region),
      [tokyo, ireland],
    );
  }
  await assert.rejects(here.send(new EnableKeyRotationCommand({ KeyId })), refused("UnsupportedOperationException"));
  await there.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const status = await here.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 90]);
});

test("a rotation reaches every Region at once", async () => {
  await using server = await testServer();
  const KeyId = await newMultiRegionKey(server, [ohio]);
  const [here, there] = [kms(server), kms(server, undefined, ohio)];
  const old = await there.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("old") }));
  await here.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  await advance(server, 91 * day);
  await here.send(new RotateKeyOnDemandCommand({ KeyId }));
  await assert.rejects(there.send(new RotateKeyOnDemandCommand({ KeyId })), refused("UnsupportedOperationException"));
  const lists = await Promise.all(
    [here, there].map(
      async (client) =>
        (await client.send(new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }))).Rotations!,
    ),
  );
  assert.equal(lists[0]!.length, 3);
  assert.deepEqual(lists[0], lists[1]);
  const young = await here.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("young") }));
  for (const [{ CiphertextBlob }, text] of [
    [old, "old"],
    [young, "young"],
  ] as const)
    for (const client of [here, there]) {
      const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
      assert.equal(Buffer.from(Plaintext!).toString(), text);
    }
});

test("a primary waits for its replicas to go; a replica goes alone and may come again", async () => {
  await using server = await testServer();
  const KeyId = await newMultiRegionKey(server, [ohio]);
  const [here, there] = [kms(server), kms(server, undefined, ohio)];
  const { CiphertextBlob } = await there.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("kept") }));
  const going = await here.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 10 }));
  assert.deepEqual(
    [going.KeyState, going.DeletionDate, going.PendingWindowInDays],
    ["PendingReplicaDeletion", undefined, 10],
  );
  const waiting = await describe(server, ireland, KeyId);
  assert.deepEqual([waiting.PendingDeletionWindowInDays, waiting.DeletionDate], [10, undefined]);
  const use = here.send(new DecryptCommand({ CiphertextBlob }));
  await assert.rejects(use, refused("KMSInvalidStateException", /is pending replica deletion\.$/));
  await here.send(new CancelKeyDeletionCommand({ KeyId }));
  assert.equal((await describe(server, ireland, KeyId)).KeyState, "Disabled");
  await here.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 10 }));
  await there.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await advance(server, 7 * day + 1000);
  const alone = await describe(server, ireland, KeyId);
  assert.equal(alone.KeyState, "PendingDeletion");
  assert.deepEqual(alone.MultiRegionConfiguration!.ReplicaKeys, []);
  assert.ok(alone.DeletionDate!.getTime() > server.house.clocks.domain() + 9 * day);
  await assert.rejects(describe(server, ohio, KeyId), refused("NotFoundException"));
  await here.send(new CancelKeyDeletionCommand({ KeyId }));
  await here.send(new EnableKeyCommand({ KeyId }));
  await here.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: ohio }));
  await settled(server, ohio, KeyId);
  const opened = await there.send(new DecryptCommand({ CiphertextBlob }));
  assert.equal(Buffer.from(opened.Plaintext!).toString(), "kept");
});
