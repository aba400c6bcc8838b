import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import {
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeVolumesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { advance } from "./clock.ts";
import { grantsOn, instanceNow, keyFor, launch, readVolume } from "./ec2-instance-kit.ts";
import { ec2, mapping, register, snapshotOf } from "./ec2-kit.ts";
import { testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";
import { quiet } from "./volumes-kit.ts";

const marker = "the plain text of an instance";

test("an instance's volumes are served as long as it runs; stopped it holds no grant, terminated it leaves nothing", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const key = await keyFor(server);
  const image = await register(client, "web", await snapshotOf(server, { key, blocks: { 0: marker } }));
  const launched = await launch(client, image, {
    BlockDeviceMappings: [
      { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 2 } },
      { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1, Encrypted: true, KmsKeyId: key, DeleteOnTermination: false } },
    ],
    TagSpecifications: [
      { ResourceType: "instance", Tags: [{ Key: "name", Value: "first" }] },
      { ResourceType: "volume", Tags: [{ Key: "of", Value: "first" }] },
    ],
  });
  const { InstanceId, State } = launched.Instances![0]!;
  assert.deepEqual(State, { Code: 0, Name: "pending" });
  await quiet(server);
  const running = await instanceNow(client, InstanceId!);
  assert.deepEqual(running.State, { Code: 16, Name: "running" });
  assert.deepEqual(running.Tags, [{ Key: "name", Value: "first" }]);
  const devices = running.BlockDeviceMappings!.map(({ DeviceName, Ebs }) => [DeviceName, Ebs!.Status, Ebs!.VolumeId!]);
  const [dataId, rootId] = [devices[0]![2]!, devices[1]![2]!];
  assert.deepEqual(
    devices.map(([device, status]) => [device, status]),
    [
      ["/dev/sdf", "attached"],
      ["/dev/xvda", "attached"],
    ],
  );
  const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [rootId, dataId] }));
  assert.deepEqual(
    Volumes!.map(({ VolumeId, State: state, KmsKeyId, Size, Tags }) => [VolumeId, state, KmsKeyId, Size, Tags?.length]),
    [
      [rootId, "in-use", key, 2, 1],
      [dataId, "in-use", key, 1, 1],
    ],
  );
  assert.equal(await readVolume(server, rootId, marker.length), marker);
  const infrastructure = `arn:aws:sts::000000000000:assumed-role/aws:ec2-infrastructure/${InstanceId}`;
  const held = (await grantsOn(server, key)).filter((grantee) => grantee === infrastructure);
  assert.equal(held.length, 2);
  const status = await client.send(new DescribeInstanceStatusCommand({ InstanceIds: [InstanceId!] }));
  assert.equal(status.InstanceStatuses![0]!.InstanceStatus!.Status, "ok");

  const stopping = await client.send(new StopInstancesCommand({ InstanceIds: [InstanceId!] }));
  assert.deepEqual(stopping.StoppingInstances![0]!.CurrentState, { Code: 64, Name: "stopping" });
  await quiet(server);
  const stopped = await instanceNow(client, InstanceId!);
  assert.equal(stopped.State!.Name, "stopped");
  assert.equal(stopped.BlockDeviceMappings!.length, 2);
  assert.match(stopped.StateTransitionReason!, /^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/);
  assert.equal(existsSync(server.house.disks.socketOf(rootId)), false);
  assert.ok(!(await grantsOn(server, key)).includes(infrastructure));

  await client.send(new StartInstancesCommand({ InstanceIds: [InstanceId!] }));
  await quiet(server);
  assert.equal((await instanceNow(client, InstanceId!)).State!.Name, "running");
  assert.equal(await readVolume(server, rootId, marker.length), marker);
  assert.ok((await grantsOn(server, key)).includes(infrastructure));

  await client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
  await quiet(server);
  const terminated = await instanceNow(client, InstanceId!);
  assert.deepEqual(terminated.State, { Code: 48, Name: "terminated" });
  assert.equal(terminated.StateReason!.Code, "Client.UserInitiatedShutdown");
  const left = await client.send(new DescribeVolumesCommand({}));
  assert.deepEqual(
    left.Volumes!.map(({ VolumeId, State: state }) => [VolumeId, state]),
    [[dataId, "available"]],
  );
  assert.ok(!(await grantsOn(server, key)).includes(infrastructure));
  const opened = (await recordsOf(server, "Decrypt")).filter(({ userIdentity }) => userIdentity.arn === infrastructure);
  assert.equal(opened.length, 4);
  assert.ok(opened.every(({ userIdentity }) => userIdentity.invokedBy === "ec2.amazonaws.com"));
  const told = (await recordsOf(server, "EC2 Instance State-change Notification")).map(
    ({ serviceEventDetails }) => serviceEventDetails.state as string,
  );
  const whole = ["pending", "running", "stopping", "stopped", "pending", "running", "shutting-down", "terminated"];
  assert.deepEqual(told, whole);
  await advance(server, 3_700_000);
  await quiet(server);
  await assert.rejects(instanceNow(client, InstanceId!), refused("InvalidInstanceID.NotFound"));
});

test("a launch is made once for a token, in the number asked for, and found by what it was launched with", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const image = await register(client, "web", await snapshotOf(server));
  const input = { MaxCount: 3, ClientToken: "once", TagSpecifications: [] };
  const first = await launch(client, image, input);
  assert.equal(first.Instances!.length, 3);
  const again = await launch(client, image, input);
  assert.equal(again.ReservationId, first.ReservationId);
  assert.deepEqual(
    again.Instances!.map(({ InstanceId }) => InstanceId),
    first.Instances!.map(({ InstanceId }) => InstanceId),
  );
  await assert.rejects(launch(client, image, { ...input, MaxCount: 2 }), refused("IdempotentParameterMismatch"));
  await quiet(server);
  const found = async (Name: string, ...Values: string[]) => {
    const { Reservations } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name, Values }] }));
    return Reservations!.flatMap(({ Instances }) => Instances!).length;
  };
  assert.equal(await found("instance-state-name", "running"), 3);
  assert.equal(await found("image-id", image), 3);
  assert.equal(await found("block-device-mapping.device-name", "/dev/xvda"), 3);
  assert.equal(await found("client-token", "once"), 3);
  assert.equal(await found("instance-type", "t4g.*"), 0);
  const dry = launch(client, image, { DryRun: true });
  await assert.rejects(dry, refused("DryRunOperation"));
});

test("what cannot be launched is refused in AWS's words", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const image = await register(client, "web", await snapshotOf(server, { sizeGiB: 2 }));
  const fails = (code: string, message: RegExp, more: Partial<RunInstancesCommandInput>, ImageId = image) =>
    assert.rejects(launch(client, ImageId, more), refused(code, message));
  await fails("InvalidAMIID.NotFound", /does not exist/, {}, "ami-00000000000000000");
  await fails("InvalidAMIID.Malformed", /Invalid id/, {}, "web");
  await fails("InvalidParameterValue", /architecture/, { InstanceType: "t4g.micro" });
  await fails("InvalidParameterValue", /InstanceType/, { InstanceType: "t9.micro" as "t3.micro" });
  await fails("InvalidKeyPair.NotFound", /^The key pair 'mine' does not exist$/, { KeyName: "mine" });
  await fails("InvalidGroup.NotFound", /sg-1/, { SecurityGroupIds: ["sg-1"] });
  await fails("InvalidSubnetID.NotFound", /subnet-1/, { SubnetId: "subnet-1" });
  await fails("InstanceLimitExceeded", /instance limit/, { MinCount: 500, MaxCount: 500 });
  await fails("InvalidParameterValue", /minCount/, { MinCount: 2 });
  const devices = (...BlockDeviceMappings: object[]) => ({ BlockDeviceMappings });
  await fails(
    "InvalidBlockDeviceMapping",
    /expect size >= 2GB/,
    devices({ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 1 } }),
  );
  await fails("InvalidBlockDeviceMapping", /root device/, devices({ DeviceName: "/dev/xvda", NoDevice: "" }));
  const other = await snapshotOf(server);
  await fails("InvalidBlockDeviceMapping", /snapshotId/, devices(mapping(other)));
  const KmsKeyId = "alias/aws/ebs";
  await fails("InvalidParameterDependency", /Encrypted/, devices({ DeviceName: "/dev/xvda", Ebs: { KmsKeyId } }));
});
