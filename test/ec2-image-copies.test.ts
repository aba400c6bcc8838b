import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CopyImageCommand,
  type CopyImageCommandInput,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  type EC2Client,
  type Image,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  waitUntilImageAvailable,
} from "@aws-sdk/client-ec2";
import { CreateKeyCommand, ListGrantsCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { contentOf, ec2, imageIds, mapping, register, snapshotOf } from "./ec2-kit.ts";
import { kms, rootOf, type TestServer, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const owner = "000000000000";
const other = "111122223333";
const marker = "the plain text of an image";

/** A key of an account; the other account may use it where that is said. */
async function newKey(server: TestServer, account: string, region?: string, shared = false): Promise<string> {
  const client = kms(server, account === owner ? undefined : rootOf(account), region);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const { Arn, KeyId } = KeyMetadata!;
  const allow = (AWS: string) => ({ Effect: "Allow", Principal: { AWS }, Action: "kms:*", Resource: "*" });
  const Statement = [allow(account), ...(shared ? [allow(other)] : [])];
  await client.send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  return Arn!;
}

async function copied(
  client: EC2Client,
  input: Partial<CopyImageCommandInput> & { SourceImageId: string },
): Promise<Image> {
  const { ImageId } = await client.send(new CopyImageCommand({ Name: "copy", SourceRegion: "eu-west-1", ...input }));
  const waiting = { client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };
  await waitUntilImageAvailable(waiting, { ImageIds: [ImageId!] });
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [ImageId!] }));
  return Images![0]!;
}

const ebsOf = (image: Image) => image.BlockDeviceMappings![0]!.Ebs!;

test("an encrypted image is shared, and copied under the other account's key in another Region", async () => {
  await using server = await testServer();
  const [ownersKey, othersKey] = [
    await newKey(server, owner, undefined, true),
    await newKey(server, other, "us-east-1"),
  ];
  const client = ec2(server);
  const theirs = ec2(server, rootOf(other), "us-east-1");
  const snapshot = await snapshotOf(server, { key: ownersKey, blocks: { 3: marker } });
  const SourceImageId = await register(client, "web", snapshot, { Description: "first", EnaSupport: true });
  const copy = { SourceImageId, Encrypted: true, KmsKeyId: othersKey };
  await assert.rejects(copied(theirs, copy), refused("AuthFailure", /^Not authorized for images: \[ami-/));
  await client.send(
    new ModifyImageAttributeCommand({ ImageId: SourceImageId, LaunchPermission: { Add: [{ UserId: other }] } }),
  );
  await assert.rejects(
    copied(theirs, copy),
    refused("InvalidRequest", /^You do not have permission to access the storage of this ami$/),
  );
  const CreateVolumePermission = { Add: [{ UserId: other }] };
  await client.send(new ModifySnapshotAttributeCommand({ SnapshotId: snapshot, CreateVolumePermission }));
  const image = await copied(theirs, copy);
  assert.deepEqual(
    [image.OwnerId, image.Name, image.Description, image.EnaSupport, image.SourceImageId, image.SourceImageRegion],
    [other, "copy", "first", true, SourceImageId, "eu-west-1"],
  );
  const { SnapshotId, Encrypted } = ebsOf(image);
  assert.equal(Encrypted, true);
  const { Snapshots } = await theirs.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId!] }));
  assert.deepEqual([Snapshots![0]!.KmsKeyId, Snapshots![0]!.State], [othersKey, "completed"]);
  const about = new RegExp(
    `^Copied for DestinationAmi ${image.ImageId} from SourceAmi ${SourceImageId} for SourceSnap`,
  );
  assert.match(Snapshots![0]!.Description!, about);
  assert.equal((await contentOf(server, SnapshotId!, { as: rootOf(other), region: "us-east-1" })).get(3), marker);
  for (const [key, as, region] of [
    [ownersKey, undefined, undefined],
    [othersKey, rootOf(other), "us-east-1"],
  ] as const)
    assert.deepEqual((await kms(server, as, region).send(new ListGrantsCommand({ KeyId: key }))).Grants, []);
  const states = await recordsOf(server, "EC2 AMI State Change");
  assert.deepEqual(
    states.filter(({ recipientAccountId }) => recipientAccountId === other).map((one) => one.serviceEventDetails.State),
    ["pending", "available"],
  );
});

test("copies are named, tagged and made once; what KMS refuses makes them fail", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const TagSpecifications = [{ ResourceType: "image" as const, Tags: [{ Key: "team", Value: "shop" }] }];
  const source = await register(client, "web", await snapshotOf(server, { blocks: { 0: marker } }), {
    TagSpecifications,
  });
  const input = { SourceImageId: source, ClientToken: "once", CopyImageTags: true };
  const first = await copied(client, input);
  assert.deepEqual(first.Tags, [{ Key: "team", Value: "shop" }]);
  assert.equal((await copied(client, input)).ImageId, first.ImageId);
  await assert.rejects(copied(client, { SourceImageId: source }), refused("InvalidAMIName.Duplicate"));
  await assert.rejects(copied(client, { ...input, Name: "else" }), refused("IdempotentParameterMismatch"));
  await assert.rejects(copied(client, { SourceImageId: source, SourceRegion: "nowhere" }), refused("InvalidRegion"));
  const missing = copied(client, { SourceImageId: source, SourceRegion: "us-east-1" });
  await assert.rejects(missing, refused("InvalidAMIID.NotFound"));

  const key = await newKey(server, owner);
  const ann = await addUser(server, "ann", ["ec2:*", "kms:DescribeKey"]);
  const as = ec2(server, ann.credentials);
  const denied = copied(as, { SourceImageId: source, Name: "denied", Encrypted: true, KmsKeyId: key });
  await assert.rejects(denied, /failed/i);
  const filter = { Filters: [{ Name: "state", Values: ["failed"] }] };
  const { Images } = await client.send(new DescribeImagesCommand(filter));
  assert.equal(Images![0]!.Name, "denied");
  assert.ok(Images![0]!.StateReason?.Code);
});

test("an image's snapshots stay as long as an image needs them, and go with the last if that is said", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const snapshots = [await snapshotOf(server), await snapshotOf(server)];
  const BlockDeviceMappings = [mapping(snapshots[0]!), mapping(snapshots[1]!, {}, "/dev/sdb")];
  const first = await register(client, "first", snapshots[0]!, { BlockDeviceMappings });
  const second = await register(client, "second", snapshots[0]!);
  await assert.rejects(
    client.send(new DeleteSnapshotCommand({ SnapshotId: snapshots[1]! })),
    refused("InvalidSnapshot.InUse", new RegExp(`^The snapshot ${snapshots[1]} is currently in use by ${first}$`)),
  );
  const gone = await client.send(new DeregisterImageCommand({ ImageId: first, DeleteAssociatedSnapshots: true }));
  assert.deepEqual(
    gone.DeleteSnapshotResults!.toSorted((a, b) => (a.ReturnCode! < b.ReturnCode! ? -1 : 1)),
    [
      { SnapshotId: snapshots[0], ReturnCode: "skipped" },
      { SnapshotId: snapshots[1], ReturnCode: "success" },
    ],
  );
  const ann = await addUser(server, "ann", ["ec2:DeregisterImage"]);
  const kept = await ec2(server, ann.credentials).send(
    new DeregisterImageCommand({ ImageId: second, DeleteAssociatedSnapshots: true }),
  );
  assert.deepEqual(kept.DeleteSnapshotResults, [{ SnapshotId: snapshots[0], ReturnCode: "missing-permissions" }]);
  const left = await client.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
  assert.deepEqual(
    left.Snapshots!.map(({ SnapshotId }) => SnapshotId),
    [snapshots[0]],
  );
  assert.deepEqual(await imageIds(client), []);
});
