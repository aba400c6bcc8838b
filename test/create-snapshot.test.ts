import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { type TestServer, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { blockBytes, blocksOf, ebs, ec2, madeSnapshot, owner, settled, sharedKey } from "./snapshot-kit.ts";
import { records } from "./trail.ts";

async function madeVolume(client: EC2Client, more: object): Promise<string> {
  const { VolumeId } = await client.send(new CreateVolumeCommand({ AvailabilityZone: "eu-west-1a", Size: 1, ...more }));
  for (let tries = 0; tries < 2000; tries++) {
    const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] }));
    if (Volumes![0]!.State === "available") return VolumeId!;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return assert.fail("the volume is not made");
}

/** Bytes that the disks take. */
const taken = (server: TestServer): number =>
  readdirSync(server.house.disks.folder).reduce(
    (sum, name) => sum + statSync(join(server.house.disks.folder, name)).blocks * 512,
    0,
  );

const blocks = new Map([
  [3, randomBytes(blockBytes)],
  [2047, randomBytes(blockBytes)],
]);

for (const kind of ["same key", "another key", "unencrypted"] as const)
  test(`a snapshot of a volume (${kind}): no call to KMS, the same bytes, no space worth naming`, async () => {
    await using server = await testServer();
    const client = ec2(server);
    const [K1, K2] = [await sharedKey(server, owner), await sharedKey(server, owner)];
    const source = await madeSnapshot(server, blocks, kind === "unencrypted" ? undefined : K1);
    const key = {
      "same key": { Encrypted: true, KmsKeyId: K1 },
      "another key": { Encrypted: true, KmsKeyId: K2 },
      unencrypted: {},
    };
    const VolumeId = await madeVolume(client, { SnapshotId: source, ...key[kind] });
    const before = (await records(server)).length;
    const started = await client.send(
      new CreateSnapshotCommand({
        VolumeId,
        Description: "first",
        TagSpecifications: [{ ResourceType: "snapshot", Tags: [{ Key: "a", Value: "b" }] }],
      }),
    );
    assert.equal(started.State, "pending");
    assert.equal(started.Progress, "0%");
    assert.equal(started.VolumeSize, 1);
    const done = await settled(client, started.SnapshotId!);
    assert.equal(done.State, "completed", String(done.StateMessage));
    assert.equal(done.VolumeId, VolumeId);
    assert.equal(done.FullSnapshotSizeInBytes, 2 * blockBytes);
    assert.deepEqual(done.Tags, [{ Key: "a", Value: "b" }]);
    const asked = (await records(server)).slice(before).filter((record) => record.eventSource === "kms.amazonaws.com");
    assert.deepEqual(asked, []);
    const size = taken(server);
    const second = await client.send(new CreateSnapshotCommand({ VolumeId }));
    await settled(client, second.SnapshotId!);
    assert.ok(taken(server) - size <= 65_536, `${taken(server) - size} bytes for nothing new`);
    await client.send(new DeleteVolumeCommand({ VolumeId }));
    await client.send(new DeleteSnapshotCommand({ SnapshotId: started.SnapshotId! }));
    await client.send(new DeleteSnapshotCommand({ SnapshotId: source }));
    assert.deepEqual(await blocksOf(ebs(server), second.SnapshotId!), blocks);
    const told = (await records(server)).find(
      ({ serviceEventDetails }) => serviceEventDetails?.event === "createSnapshot",
    );
    assert.equal(told!.serviceEventDetails.result, "succeeded");
    assert.equal(told!.serviceEventDetails.source, `arn:aws:ec2:eu-west-1::volume/${VolumeId}`);
  });

test("a volume that is not there, too many snapshots at a time, and filters", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const create = (VolumeId: string) => client.send(new CreateSnapshotCommand({ VolumeId }));
  await assert.rejects(create("vol-0123456789abcdef0"), refused("InvalidVolume.NotFound"));
  await assert.rejects(create("snap-1"), refused("InvalidVolumeID.Malformed"));
  const VolumeId = await madeVolume(client, {});
  const made = [];
  for (let count = 0; count < 5; count++) made.push((await create(VolumeId)).SnapshotId!);
  await assert.rejects(
    create(VolumeId),
    refused("SnapshotCreationPerVolumeRateExceeded", /increasing or variable sleep/),
  );
  for (const id of made) assert.equal((await settled(client, id)).State, "completed");
  const count = async (Name: string, ...Values: string[]) =>
    (await client.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: [{ Name, Values }] }))).Snapshots!
      .length;
  assert.equal(await count("volume-id", VolumeId), 5);
  assert.equal(await count("status", "pending"), 0);
  assert.equal(await count("volume-size", "1"), 5);
  assert.equal(await count("encrypted", "true"), 0);
  await assert.rejects(count("nope", "1"), refused("InvalidParameterValue", /The filter 'nope' is invalid/));
});
