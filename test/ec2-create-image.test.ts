import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  TerminateInstancesCommand,
  waitUntilImageAvailable,
  waitUntilInstanceRunning,
} from "@aws-sdk/client-ec2";
import { grantsOn, instanceNow, keyFor, launch, readVolume, volumeAt, writeVolume } from "./ec2-instance-kit.ts";
import { ec2, imageIds, register, snapshotOf } from "./ec2-kit.ts";
import { testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { quiet } from "./volumes-kit.ts";

const [before, after] = ["what the image came with", "what was written later   "];

test("an image of a running instance is of what was written, and launches under another key", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const [first, second] = [await keyFor(server), await keyFor(server)];
  const source = await register(client, "web", await snapshotOf(server, { key: first, blocks: { 0: before } }));
  const data = { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1, VolumeType: "gp3" as const } };
  const launched = (await launch(client, source, { BlockDeviceMappings: [data] })).Instances![0]!;
  const waiting = { client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };
  await waitUntilInstanceRunning(waiting, { InstanceIds: [launched.InstanceId!] });
  const running = await instanceNow(client, launched.InstanceId!);
  await writeVolume(server, volumeAt(running), after);

  const TagSpecifications = [{ ResourceType: "snapshot" as const, Tags: [{ Key: "of", Value: "image" }] }];
  const InstanceId = launched.InstanceId!;
  const input = { InstanceId, Name: "made", NoReboot: true, TagSpecifications };
  const BlockDeviceMappings = [
    { DeviceName: "/dev/sdg", Ebs: { VolumeSize: 3 } },
    { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 2 } },
  ];
  const { ImageId } = await client.send(new CreateImageCommand({ ...input, BlockDeviceMappings }));
  await waitUntilImageAvailable(waiting, { ImageIds: [ImageId!] });
  await writeVolume(server, volumeAt(running), "what comes after the image");
  const image = (await client.send(new DescribeImagesCommand({ ImageIds: [ImageId!] }))).Images![0]!;
  assert.deepEqual(
    image.BlockDeviceMappings!.map(({ DeviceName, Ebs }) => [DeviceName, Ebs!.VolumeSize, Ebs!.Encrypted]),
    [
      ["/dev/sdf", 1, false],
      ["/dev/xvda", 2, true],
      ["/dev/sdg", 3, false],
    ],
  );
  assert.deepEqual([image.SourceInstanceId, image.RootDeviceName], [InstanceId, "/dev/xvda"]);
  const tagged = await client.send(new DescribeSnapshotsCommand({ Filters: [{ Name: "tag:of", Values: ["image"] }] }));
  assert.ok(
    tagged.Snapshots!.every(
      ({ Description }) => Description === `Created by CreateImage(${InstanceId}) for ${ImageId}`,
    ),
  );
  assert.equal(tagged.Snapshots!.length, 2);
  await assert.rejects(client.send(new CreateImageCommand(input)), refused("InvalidAMIName.Duplicate"));
  const rootless = { ...input, Name: "rootless", BlockDeviceMappings: [{ DeviceName: "/dev/xvda", NoDevice: "" }] };
  await assert.rejects(client.send(new CreateImageCommand(rootless)), refused("InvalidBlockDeviceMapping", /root/));
  assert.equal((await imageIds(client)).length, 2);

  const Ebs = { Encrypted: true, KmsKeyId: second };
  const other = await launch(client, ImageId!, { BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs }] });
  await quiet(server);
  const copy = await instanceNow(client, other.Instances![0]!.InstanceId!);
  const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [volumeAt(copy)] }));
  assert.deepEqual([Volumes![0]!.KmsKeyId, Volumes![0]!.Size], [second, 2]);
  assert.equal(await readVolume(server, volumeAt(copy), after.length), after);
  const InstanceIds = [InstanceId, copy.InstanceId!];
  await client.send(new TerminateInstancesCommand({ InstanceIds }));
  await quiet(server);
  await assert.rejects(client.send(new CreateImageCommand({ ...input, Name: "late" })), refused("IncorrectState"));
  for (const key of [first, second]) assert.deepEqual(await grantsOn(server, key), []);
  assert.deepEqual((await client.send(new DescribeVolumesCommand({}))).Volumes, []);
});
