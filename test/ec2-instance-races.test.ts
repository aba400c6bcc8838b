import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DescribeVolumesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { DisableKeyCommand } from "@aws-sdk/client-kms";
import { grantsOn, instanceNow, keyFor, launch } from "./ec2-instance-kit.ts";
import { ec2, register, snapshotOf } from "./ec2-kit.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { quiet } from "./volumes-kit.ts";

/** What was put off is done, too. */
async function still(server: TestServer): Promise<void> {
  const page = { after: "", limit: 100 };
  const waiting = () =>
    server.house.entities
      .listByScope<{ what: string }>("volume-work", "", page)
      .filter(({ content }) => content.what !== "forget-instance");
  while (waiting().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("instances that are terminated while they are launched leave no volume and no grant", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const key = await keyFor(server);
  const image = await register(client, "web", await snapshotOf(server, { key, blocks: { 0: "text" } }));
  const { Instances } = await launch(client, image, { MaxCount: 5 });
  const InstanceIds = Instances!.map(({ InstanceId }) => InstanceId!);
  const { TerminatingInstances } = await client.send(new TerminateInstancesCommand({ InstanceIds }));
  assert.equal(TerminatingInstances!.length, 5);
  await still(server);
  for (const id of InstanceIds) assert.equal((await instanceNow(client, id)).State!.Name, "terminated");
  assert.deepEqual((await client.send(new DescribeVolumesCommand({}))).Volumes, []);
  assert.deepEqual(await grantsOn(server, key), []);
});

test("a launch that fails while it is terminated is terminated once", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const key = await keyFor(server);
  const image = await register(client, "web", await snapshotOf(server, { key }));
  await kms(server).send(new DisableKeyCommand({ KeyId: key }));
  const { Instances } = await launch(client, image);
  const InstanceIds = [Instances![0]!.InstanceId!];
  await client.send(new TerminateInstancesCommand({ InstanceIds }));
  await still(server);
  assert.equal((await instanceNow(client, InstanceIds[0]!)).State!.Name, "terminated");
  assert.deepEqual((await client.send(new DescribeVolumesCommand({}))).Volumes, []);
});

test("a volume on its way to an instance that stops arrives, and is not served", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const key = await keyFor(server);
  const image = await register(client, "web", await snapshotOf(server, { key }));
  const { Instances } = await launch(client, image);
  const { InstanceId, Placement } = Instances![0]!;
  const volume = { AvailabilityZone: Placement!.AvailabilityZone!, Size: 1, Encrypted: true, KmsKeyId: key };
  const { VolumeId } = await client.send(new CreateVolumeCommand(volume));
  await quiet(server);
  const attachment = { VolumeId: VolumeId!, InstanceId: InstanceId!, Device: "/dev/sdf" };
  await Promise.all([
    client.send(new AttachVolumeCommand(attachment)),
    client.send(new StopInstancesCommand({ InstanceIds: [InstanceId!] })).catch(() => undefined),
  ]);
  await still(server);
  await client.send(new StopInstancesCommand({ InstanceIds: [InstanceId!] }));
  await still(server);
  const stopped = await instanceNow(client, InstanceId!);
  assert.equal(stopped.State!.Name, "stopped");
  assert.deepEqual(
    stopped.BlockDeviceMappings!.map(({ Ebs }) => Ebs!.Status),
    ["attached", "attached"],
  );
  const infrastructure = (await grantsOn(server, key)).filter((grantee) => grantee.includes("ec2-infrastructure"));
  assert.deepEqual(infrastructure, []);
});
