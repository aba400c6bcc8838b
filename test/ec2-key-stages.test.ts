import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DescribeInstanceAttributeCommand,
  DescribeVolumesCommand,
  ModifyInstanceAttributeCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import {
  grantsOn,
  instanceNow,
  keyFor,
  launch,
  readVolume,
  shareImage,
  volumeAt,
  writeVolume,
} from "./ec2-instance-kit.ts";
import { ec2, register, snapshotOf } from "./ec2-kit.ts";
import { kms, rootOf, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { quiet } from "./volumes-kit.ts";

const other = "111122223333";
const marker = "the plain text of an instance";
const failure = { Code: "Client.InternalError", Message: "Client.InternalError: Client error on launch" };

test("a key that is disabled, or waits for its deletion, stops launches and starts, and not what runs", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const KeyId = await keyFor(server);
  const image = await register(client, "web", await snapshotOf(server, { key: KeyId, blocks: { 0: marker } }));
  const launched = async () => {
    const { Instances } = await launch(client, image);
    await quiet(server);
    return await instanceNow(client, Instances![0]!.InstanceId!);
  };
  const running = await launched();
  const InstanceIds = [running.InstanceId!];
  const now = () => instanceNow(client, running.InstanceId!);
  const start = async () => {
    await client.send(new StartInstancesCommand({ InstanceIds }));
    await quiet(server);
    return await now();
  };
  const stop = async () => {
    await client.send(new StopInstancesCommand({ InstanceIds }));
    await quiet(server);
    return (await now()).State!.Name;
  };
  await kms(server).send(new DisableKeyCommand({ KeyId }));
  assert.equal(await readVolume(server, volumeAt(running), marker.length), marker);
  await writeVolume(server, volumeAt(running), marker.toUpperCase());
  const denied = await launched();
  assert.deepEqual([denied.State!.Name, denied.StateReason], ["terminated", failure]);
  assert.equal(await stop(), "stopped");
  const refusedStart = await start();
  assert.deepEqual([refusedStart.State!.Name, refusedStart.StateReason], ["stopped", failure]);
  await kms(server).send(new EnableKeyCommand({ KeyId }));
  assert.deepEqual(await grantsOn(server, KeyId), []);
  assert.equal((await start()).State!.Name, "running");
  assert.equal(await readVolume(server, volumeAt(running), marker.length), marker.toUpperCase());

  await kms(server).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  assert.equal((await launched()).State!.Name, "terminated");
  assert.equal(await stop(), "stopped");
  assert.equal((await start()).State!.Name, "stopped");
  await kms(server).send(new CancelKeyDeletionCommand({ KeyId }));
  await kms(server).send(new EnableKeyCommand({ KeyId }));
  assert.equal((await start()).State!.Name, "running");
  await kms(server).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await advance(server, 8 * 86_400_000);
  assert.equal(await readVolume(server, volumeAt(running), marker.length), marker.toUpperCase());
  await client.send(new TerminateInstancesCommand({ InstanceIds }));
  await quiet(server);
  assert.equal((await now()).State!.Name, "terminated");
  assert.deepEqual((await client.send(new DescribeVolumesCommand({}))).Volumes, []);
});

test("what was launched from another account's image no longer needs that account's key", async () => {
  await using server = await testServer();
  const owners = await keyFor(server, [other]);
  const image = await register(ec2(server), "web", await snapshotOf(server, { key: owners, blocks: { 0: marker } }));
  await shareImage(ec2(server), image, other);
  const theirs = ec2(server, rootOf(other));
  const { Instances } = await launch(theirs, image);
  await quiet(server);
  await kms(server).send(new DisableKeyCommand({ KeyId: owners }));
  const InstanceIds = [Instances![0]!.InstanceId!];
  await theirs.send(new StopInstancesCommand({ InstanceIds }));
  await quiet(server);
  await theirs.send(new StartInstancesCommand({ InstanceIds }));
  await quiet(server);
  const instance = await instanceNow(theirs, InstanceIds[0]!);
  assert.equal(await readVolume(server, volumeAt(instance), marker.length), marker);
  const { Volumes } = await theirs.send(new DescribeVolumesCommand({}));
  assert.match(Volumes![0]!.KmsKeyId!, new RegExp(`^arn:aws:kms:eu-west-1:${other}:key/`));
  const more = await launch(theirs, image);
  await quiet(server);
  assert.equal((await instanceNow(theirs, more.Instances![0]!.InstanceId!)).State!.Name, "terminated");
});

test("attributes of an instance protect it and its volumes, and its user data is told to its owner alone", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const image = await register(client, "web", await snapshotOf(server));
  const UserData = Buffer.from("#!/bin/sh\necho the words of its owner\n").toString("base64");
  const { Instances } = await launch(client, image, { DisableApiTermination: true, UserData });
  await quiet(server);
  const InstanceId = Instances![0]!.InstanceId!;
  const InstanceIds = [InstanceId];
  const attribute = (Attribute: "userData" | "disableApiTermination" | "instanceType") =>
    client.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
  const modify = (input: object) => client.send(new ModifyInstanceAttributeCommand({ InstanceId, ...input }));
  assert.equal((await attribute("userData")).UserData!.Value, UserData);
  const { lines } = await server.house.store.trail.after(0, 10_000);
  assert.ok(!lines.some((line) => line.includes(UserData)));
  const terminate = () => client.send(new TerminateInstancesCommand({ InstanceIds }));
  await assert.rejects(terminate(), refused("OperationNotPermitted", /may not be terminated\. Modify its 'disableApi/));
  await assert.rejects(modify({ InstanceType: { Value: "t3.small" } }), refused("IncorrectInstanceState"));
  await modify({ DisableApiTermination: { Value: false } });
  assert.equal((await attribute("disableApiTermination")).DisableApiTermination!.Value, false);
  await modify({ Attribute: "disableApiStop", Value: "true" });
  const stop = () => client.send(new StopInstancesCommand({ InstanceIds }));
  await assert.rejects(stop(), refused("OperationNotPermitted", /may not be stopped/));
  await modify({ DisableApiStop: { Value: false } });
  await stop();
  await quiet(server);
  await modify({ InstanceType: { Value: "t3.small" } });
  assert.equal((await attribute("instanceType")).InstanceType!.Value, "t3.small");
  await modify({ BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { DeleteOnTermination: false } }] });
  await assert.rejects(modify({}), refused("InvalidParameterCombination", /^No attributes specified/));
  await terminate();
  await quiet(server);
  const { Volumes } = await client.send(new DescribeVolumesCommand({}));
  assert.deepEqual(
    Volumes!.map(({ State }) => State),
    ["available"],
  );
});
