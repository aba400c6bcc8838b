import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateSnapshotsCommand,
  CreateTagsCommand,
  DeleteVolumeCommand,
  DescribeSnapshotsCommand,
  DetachVolumeCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand } from "@aws-sdk/client-kms";
import { temporaryFolder } from "./cli-kit.ts";
import { kms, root, type TestServer, testServer } from "./kit.ts";
import { NbdClient } from "./nbd-client.ts";
import { refused } from "./refused.ts";
import { blocksOf, ebs, heldOrders, settled } from "./snapshot-kit.ts";
import { recordsOf } from "./trail.ts";
import { blockBytes, ec2, instance, madeVolume, quiet } from "./volumes-kit.ts";

const Device = "/dev/sdf";
const block = (text: string) => Buffer.alloc(blockBytes, text);

async function attached(server: TestServer, client: EC2Client, VolumeId: string, at = Device, to?: string) {
  const InstanceId = to ?? (await instance(server));
  await client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: at }));
  await quiet(server);
  return InstanceId;
}
const deviceOf = (server: TestServer, id: string) => NbdClient.open(server.house.disks.socketOf(id), id);
const snapshotOf = async (client: EC2Client, VolumeId: string) =>
  (await client.send(new CreateSnapshotCommand({ VolumeId }))).SnapshotId!;

for (const encrypted of [true, false])
  test(`a snapshot of ${encrypted ? "an encrypted" : "an unencrypted"} volume in use holds what was there at its moment`, async () => {
    await using server = await testServer();
    const client = ec2(server);
    const key = (await kms(server).send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const { VolumeId = "" } = await madeVolume(server, client, encrypted ? { Encrypted: true, KmsKeyId: key } : {});
    await attached(server, client, VolumeId);
    const made: string[] = [];
    {
      using device = await deviceOf(server, VolumeId);
      for (const [round, text] of ["one ", "two ", "three "].entries()) {
        await device.write(0, block(text));
        await device.write((round + 1) * blockBytes, block(text));
        made.push(await snapshotOf(client, VolumeId));
        await device.write(0, block("later "));
      }
    }
    // The key is needed no more: what vouches for the bytes is kept.
    await kms(server).send(new DisableKeyCommand({ KeyId: key }));
    for (const id of made) {
      const done = await settled(client, id);
      assert.equal(done.State, "completed", String(done.StateMessage));
    }
    await client.send(new DetachVolumeCommand({ VolumeId }));
    await quiet(server);
    const detached = await snapshotOf(client, VolumeId);
    assert.equal((await settled(client, detached)).State, "completed");
    const asked = (await recordsOf(server, "Decrypt")).length;
    assert.equal(asked, encrypted ? 1 : 0);
    await client.send(new DeleteVolumeCommand({ VolumeId }));
    await quiet(server);
    if (encrypted) {
      await assert.rejects(blocksOf(ebs(server, root), made[0]!), refused("ResourceNotFoundException"));
      await kms(server).send(new EnableKeyCommand({ KeyId: key }));
    }
    const expected = ["one ", "two ", "three "];
    for (const [round, id] of made.entries()) {
      const found = await blocksOf(ebs(server, root), id);
      assert.ok(found.get(0)!.equals(block(expected[round]!)), `round ${round}`);
      assert.equal(found.size, round + 2);
    }
    assert.ok((await blocksOf(ebs(server, root), detached)).get(0)!.equals(block("later ")));
  });

test("an instance's volumes at one moment, without those that are left out, with the tags of their volumes", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const InstanceId = await instance(server, { rootDevice: "/dev/xvda" });
  const ids: string[] = [];
  for (const at of ["/dev/sdf", "/dev/sdg", "/dev/sdh"]) {
    const { VolumeId = "" } = await madeVolume(server, client);
    await attached(server, client, VolumeId, at, InstanceId);
    ids.push(VolumeId);
    using device = await deviceOf(server, VolumeId);
    await device.write(0, block(at));
  }
  await client.send(new CreateTagsCommand({ Resources: ids, Tags: [{ Key: "team", Value: "blue" }] }));
  const left = ids[2]!;
  const { Snapshots } = await client.send(
    new CreateSnapshotsCommand({
      InstanceSpecification: { InstanceId, ExcludeDataVolumeIds: [left] },
      CopyTagsFromSource: "volume",
      Description: "all",
    }),
  );
  assert.deepEqual(Snapshots!.map(({ VolumeId }) => VolumeId!).toSorted(), ids.slice(0, 2).toSorted());
  for (const { SnapshotId, VolumeId, State, Tags } of Snapshots!) {
    assert.equal(State, "pending");
    assert.deepEqual(Tags, [{ Key: "team", Value: "blue" }]);
    assert.equal((await settled(client, SnapshotId!)).State, "completed");
    const at = ["/dev/sdf", "/dev/sdg"][ids.indexOf(VolumeId!)]!;
    assert.ok((await blocksOf(ebs(server, root), SnapshotId!)).get(0)!.equals(block(at)));
  }
  const wrong = (InstanceSpecification: object) =>
    client.send(new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId, ...InstanceSpecification } }));
  await assert.rejects(wrong({ InstanceId: "i-0123456789abcdef0" }), refused("InvalidInstanceID.NotFound"));
  await assert.rejects(
    wrong({ ExcludeDataVolumeIds: ["vol-0123456789abcdef0"] }),
    refused("InvalidParameterValue", /not a data volume/),
  );
  const told = (await recordsOf(server, "EBS Snapshot Notification")).map(
    ({ serviceEventDetails: { event } }) => event,
  );
  assert.deepEqual(told, ["createSnapshots", "createSnapshots"]);
});

test("a snapshot that was asked for before the server ended is completed after the next start", async () => {
  using folder = temporaryFolder();
  const settings = { data: folder.path };
  let id: string;
  {
    await using server = await testServer(settings);
    const client = ec2(server);
    const { VolumeId = "" } = await madeVolume(server, client);
    await attached(server, client, VolumeId);
    using device = await deviceOf(server, VolumeId);
    await device.write(0, block("kept "));
    heldOrders(server, "freeze");
    id = await snapshotOf(client, VolumeId);
    const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
    assert.equal(Snapshots![0]!.State, "pending");
  }
  await using server = await testServer(settings);
  assert.equal((await settled(ec2(server), id)).State, "completed");
  assert.ok((await blocksOf(ebs(server, root), id)).get(0)!.equals(block("kept ")));
});
