import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumeAttributeCommand,
  DescribeVolumesModificationsCommand,
  DescribeVolumeStatusCommand,
  ModifyVolumeAttributeCommand,
  ModifyVolumeCommand,
} from "@aws-sdk/client-ec2";
import { testServer, type TestServer } from "./kit.ts";
import { NbdClient } from "./nbd-client.ts";
import { account, addUser, commit } from "./principals.ts";
import { refused } from "./refused.ts";
import { described, ec2, instance, madeVolume, news, quiet, zone } from "./volumes-kit.ts";
import type { User } from "../src/identity/entities.ts";

test("a volume grows while it is served, changes its type, and tells how far it is", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const { VolumeId = "" } = await madeVolume(server, client, { Encrypted: true });
  await client.send(new AttachVolumeCommand({ VolumeId, InstanceId: await instance(server), Device: "/dev/sdf" }));
  await quiet(server);
  const socket = server.house.disks.socketOf(VolumeId);
  using before = await NbdClient.open(socket, VolumeId);
  assert.equal(before.bytes, 1024 ** 3);
  await assert.rejects(before.read(1024 ** 3, 4096), /error 22/);
  const modify = (more: object) => client.send(new ModifyVolumeCommand({ VolumeId, ...more }));
  const { VolumeModification } = await modify({ Size: 3, VolumeType: "gp3", Throughput: 200 });
  const { StartTime, ...told } = VolumeModification!;
  assert.ok(StartTime instanceof Date);
  assert.deepEqual(told, {
    VolumeId,
    ModificationState: "modifying",
    OriginalSize: 1,
    OriginalVolumeType: "gp2",
    OriginalMultiAttachEnabled: false,
    OriginalIops: 100,
    TargetSize: 3,
    TargetVolumeType: "gp3",
    TargetMultiAttachEnabled: false,
    TargetIops: 3000,
    TargetThroughput: 200,
    Progress: 0,
  });
  await quiet(server);
  const volume = await described(client, VolumeId);
  assert.deepEqual([volume.Size, volume.VolumeType, volume.Iops, volume.Throughput], [3, "gp3", 3000, 200]);
  const modifications = async (more: object = {}) =>
    (await client.send(new DescribeVolumesModificationsCommand(more))).VolumesModifications!;
  const [done] = await modifications({ VolumeIds: [VolumeId] });
  assert.deepEqual([done!.ModificationState, done!.Progress], ["completed", 100]);
  const filter = (Name: string, value: string) => modifications({ Filters: [{ Name, Values: [value] }] });
  assert.equal((await filter("modification-state", "completed")).length, 1);
  assert.equal((await filter("target-size", "1")).length, 0);
  await assert.rejects(
    modifications({ VolumeIds: ["vol-0123456789abcdef0"] }),
    refused("InvalidVolumeModification.NotFound"),
  );
  assert.deepEqual((await before.read(3 * 1024 ** 3 - 4096, 4096)).length, 4096);
  using after = await NbdClient.open(socket, VolumeId);
  assert.equal(after.bytes, 3 * 1024 ** 3);
  await assert.rejects(modify({ Size: 2 }), refused("InvalidParameterValue", /cannot be smaller/));
  await assert.rejects(modify({}), refused("MissingParameter"));
  await assert.rejects(modify({ VolumeType: "st1" }), refused("InvalidParameterValue", /minimum is 125GiB/));
  const said = (await news(server)).map((one) => one.said).filter((text) => text.startsWith("modifyVolume"));
  assert.deepEqual(said, ["modifyVolume optimizing", "modifyVolume completed"]);
});

test("a volume's status and attributes", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const { VolumeId = "" } = await madeVolume(server, client);
  const status = await client.send(new DescribeVolumeStatusCommand({ VolumeIds: [VolumeId] }));
  assert.deepEqual(status.VolumeStatuses![0]!.VolumeStatus, {
    Status: "ok",
    Details: [
      { Name: "io-enabled", Status: "passed" },
      { Name: "io-performance", Status: "not-applicable" },
    ],
  });
  const about = async () =>
    (await client.send(new DescribeVolumeAttributeCommand({ VolumeId, Attribute: "autoEnableIO" }))).AutoEnableIO;
  assert.deepEqual(await about(), { Value: false });
  await client.send(new ModifyVolumeAttributeCommand({ VolumeId, AutoEnableIO: { Value: true } }));
  assert.deepEqual(await about(), { Value: true });
  const none = client.send(new ModifyVolumeAttributeCommand({ VolumeId }));
  await assert.rejects(none, refused("InvalidParameterCombination"));
});

/** A user with one policy statement. */
async function withPolicy(server: TestServer, name: string, Statement: object) {
  const { credentials } = await addUser(server, name);
  const { entities } = server.house;
  const user = entities.get<User>("user", `${account}/${name}`)!;
  const Action = ["ec2:CreateVolume", "ec2:CreateTags", "ec2:DeleteVolume", "ec2:ModifyVolume"];
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action, ...Statement } });
  await commit(server, [entities.put(user, { ...user.content, inline: { p: policy } })]);
  return ec2(server, credentials);
}

test("conditions and ARNs of volumes decide", async () => {
  await using server = await testServer();
  const volumes = `arn:aws:ec2:eu-west-1:${account}:volume/*`;
  const tags = (value: string) => ({
    TagSpecifications: [{ ResourceType: "volume" as const, Tags: [{ Key: "team", Value: value }] }],
  });
  const cases: [object, object, object][] = [
    [{ Bool: { "ec2:Encrypted": "true" } }, { Encrypted: true }, {}],
    [{ NumericLessThanEquals: { "ec2:VolumeSize": "10" } }, { Size: 10 }, { Size: 11 }],
    [{ StringEquals: { "ec2:VolumeType": "gp3" } }, { VolumeType: "gp3" }, {}],
    [{ StringEquals: { "ec2:AvailabilityZone": zone } }, {}, { AvailabilityZone: "eu-west-1b" }],
    [{ StringEquals: { "aws:RequestTag/team": "blue" } }, tags("blue"), tags("red")],
    [{ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] }, Null: { "aws:TagKeys": "false" } }, tags("x"), {}],
  ];
  for (const [index, [Condition, allowed, denied]] of cases.entries()) {
    const client = await withPolicy(server, `u${index}`, { Resource: volumes, Condition });
    const create = (more: object) =>
      client.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1, ...more, DryRun: true }));
    await assert.rejects(create(allowed), refused("DryRunOperation"), JSON.stringify(Condition));
    await assert.rejects(create(denied), refused("UnauthorizedOperation", /ec2:CreateVolume on resource: arn:aws:ec2/));
  }
  const only = await withPolicy(server, "tagger", {
    Action: ["ec2:CreateVolume", "ec2:CreateTags"],
    Resource: volumes,
    Condition: { StringEqualsIfExists: { "ec2:CreateAction": "CreateVolume" } },
  });
  await only.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1, ...tags("x") }));
  const root = ec2(server);
  const blue = await madeVolume(server, root, tags("blue"));
  const red = await madeVolume(server, root, tags("red"));
  const owner = await withPolicy(server, "owner", {
    Resource: volumes,
    Condition: { StringEquals: { "ec2:ResourceTag/team": "blue", "aws:ResourceTag/team": "blue" } },
  });
  await owner.send(new ModifyVolumeCommand({ VolumeId: blue.VolumeId, Size: 2 }));
  const reds = owner.send(new DeleteVolumeCommand({ VolumeId: red.VolumeId }));
  await assert.rejects(reds, refused("UnauthorizedOperation", /Encoded authorization failure message/));
});
