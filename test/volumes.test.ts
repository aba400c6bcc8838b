import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  paginateDescribeVolumes,
} from "@aws-sdk/client-ec2";
import { CreateKeyCommand, ListGrantsCommand } from "@aws-sdk/client-kms";
import { kms, rootOf, testServer } from "./kit.ts";
import { blockBytes, described, ec2, madeSnapshot, madeVolume, news, quiet, zone } from "./volumes-kit.ts";
import { refused } from "./refused.ts";
import { records } from "./trail.ts";

test("a volume comes to be, is found in many ways, and goes", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const TagSpecifications = [{ ResourceType: "volume" as const, Tags: [{ Key: "team", Value: "blue" }] }];
  const asked = { AvailabilityZone: zone, Size: 8, VolumeType: "gp3" as const, TagSpecifications, ClientToken: "once" };
  const answer = await client.send(new CreateVolumeCommand(asked));
  assert.equal(answer.State, "creating");
  assert.equal((await client.send(new CreateVolumeCommand(asked))).VolumeId, answer.VolumeId);
  await assert.rejects(
    client.send(new CreateVolumeCommand({ ...asked, Size: 9 })),
    refused("IdempotentParameterMismatch"),
  );
  await quiet(server);
  const volume = await described(client, answer.VolumeId!);
  const { CreateTime, VolumeId, ...rest } = volume;
  assert.match(VolumeId!, /^vol-0[0-9a-f]{16}$/);
  assert.ok(CreateTime instanceof Date);
  assert.deepEqual(rest, {
    VolumeArn: `arn:aws:ec2:eu-west-1:000000000000:volume/${VolumeId}`,
    OwnerId: "000000000000",
    AvailabilityZone: zone,
    AvailabilityZoneId: "euw1-az1",
    Attachments: [],
    Encrypted: false,
    Size: 8,
    SnapshotId: "",
    State: "available",
    VolumeType: "gp3",
    MultiAttachEnabled: false,
    Iops: 3000,
    Throughput: 125,
    Tags: [{ Key: "team", Value: "blue" }],
    SseType: "none",
  });
  const found = async (Name: string, ...Values: string[]) =>
    (await client.send(new DescribeVolumesCommand({ Filters: [{ Name, Values }] }))).Volumes!.length;
  for (const [name, value, other] of [
    ["size", "8", "9"],
    ["status", "available", "in-use"],
    ["encrypted", "false", "true"],
    ["volume-type", "gp3", "gp2"],
    ["availability-zone", "eu-west-1?", "eu-west-1b"],
    ["tag:team", "bl*", "red"],
    ["tag-key", "team", "Team"],
    ["volume-id", VolumeId!, "vol-1"],
    ["create-time", `${CreateTime.toISOString().slice(0, 13)}*`, "2001*"],
  ] as const) {
    assert.equal(await found(name, value), 1, name);
    assert.equal(await found(name, other), 0, name);
  }
  await assert.rejects(found("colour", "blue"), refused("InvalidParameterValue"));
  for (let count = 0; count < 6; count++) await madeVolume(server, client);
  const sizes: number[] = [];
  for await (const page of paginateDescribeVolumes({ client, pageSize: 5 }, {})) sizes.push(page.Volumes!.length);
  assert.deepEqual(sizes, [5, 2]);
  const stranger = ec2(server, rootOf("111122223333"));
  await assert.rejects(described(stranger, VolumeId!), refused("InvalidVolume.NotFound"));
  await assert.rejects(stranger.send(new DeleteVolumeCommand({ VolumeId })), refused("InvalidVolume.NotFound"));
  await client.send(new DeleteVolumeCommand({ VolumeId }));
  await quiet(server);
  await assert.rejects(
    described(client, VolumeId!),
    refused("InvalidVolume.NotFound", new RegExp(`^The volume '${VolumeId}' does not exist.$`)),
  );
  await assert.rejects(described(client, "vol-xyz"), refused("InvalidVolumeID.Malformed"));
  const said = (await news(server)).filter(({ record }) => record.resources[0].ARN.endsWith(VolumeId!));
  assert.deepEqual(
    said.map(({ said: words }) => words),
    ["createVolume available", "deleteVolume deleted"],
  );
});

test("an encrypted volume has a data key of its own, and a grant that goes with it", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.Arn!;
  const volume = await madeVolume(server, client, { Encrypted: true, KmsKeyId: KeyMetadata!.KeyId! });
  assert.equal(volume.State, "available");
  assert.equal(volume.KmsKeyId, KeyId);
  const calls = (await records(server)).filter(({ eventSource }) => eventSource === "kms.amazonaws.com").slice(1);
  const context = { "aws:ebs:id": volume.VolumeId };
  assert.deepEqual(
    calls.map((call) => [call.eventName, call.userIdentity.type, call.userIdentity.invokedBy]),
    [
      ["GenerateDataKeyWithoutPlaintext", "Root", "ec2-frontend-api.amazonaws.com"],
      ["CreateGrant", "Root", "ec2-frontend-api.amazonaws.com"],
    ],
  );
  assert.deepEqual(calls[0]!.requestParameters.encryptionContext, context);
  assert.equal(calls[0]!.requestParameters.numberOfBytes, 64);
  const grants = async () => (await kms(server).send(new ListGrantsCommand({ KeyId }))).Grants!;
  const [grant] = await grants();
  assert.equal(grant!.GranteePrincipal, "ec2.eu-west-1.amazonaws.com");
  assert.deepEqual(grant!.Constraints, { EncryptionContextEquals: context });
  await client.send(new DeleteVolumeCommand({ VolumeId: volume.VolumeId }));
  await quiet(server);
  assert.deepEqual(await grants(), []);
  const usual = await madeVolume(server, client, { Encrypted: true });
  assert.match(usual.KmsKeyId!, /:key\//);
  assert.notEqual(usual.KmsKeyId, KeyId);
  assert.equal(usual.SseType, "sse-kms");
});

test("what does not fit is refused in AWS's words, and leaves nothing", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const cases: [object, string, RegExp][] = [
    [{ AvailabilityZone: undefined }, "MissingParameter", /AvailabilityZone/],
    [{ AvailabilityZone: "eu-west-1z" }, "InvalidZone.NotFound", /The zone 'eu-west-1z' does not exist/],
    [{ AvailabilityZone: "us-east-1a" }, "InvalidZone.NotFound", /us-east-1a/],
    [{ Size: undefined }, "MissingParameter", /size\/snapshot/],
    [{ Size: 0 }, "InvalidParameterValue", /0GiB is too small; minimum is 1GiB/],
    [{ Size: -5 }, "InvalidParameterValue", /too small/],
    [{ Size: 16_385 }, "InvalidParameterValue", /too large for volume type gp2; maximum is 16384GiB/],
    [{ VolumeType: "st1", Size: 100 }, "InvalidParameterValue", /minimum is 125GiB/],
    [{ VolumeType: "constructor" }, "UnknownVolumeType", /constructor/],
    [{ Iops: 3000 }, "InvalidParameterCombination", /The parameter iops is not supported for gp2 volumes/],
    [{ VolumeType: "io1", Size: 10 }, "MissingParameter", /iops/],
    [{ VolumeType: "io1", Size: 10, Iops: 501 }, "InvalidParameterCombination", /50\.100000 is too high/],
    [
      { VolumeType: "io2", Size: 10, Iops: 99 },
      "InvalidParameterValue",
      /Volume iops of 99 is too low; minimum is 100/,
    ],
    [{ VolumeType: "gp3", Iops: 2999 }, "InvalidParameterValue", /minimum is 3000/],
    [{ VolumeType: "gp3", Throughput: 1000 }, "InvalidParameterCombination", /0\.333333 is too high/],
    [{ Throughput: 125 }, "InvalidParameterCombination", /throughput is not supported/],
    [{ MultiAttachEnabled: true }, "InvalidParameterCombination", /multiAttachEnabled/],
    [{ KmsKeyId: "alias/x" }, "InvalidParameterDependency", /requires the parameter Encrypted/],
    [{ SnapshotId: "snap-0123456789abcdef0" }, "InvalidSnapshot.NotFound", /snap-0123456789abcdef0/],
    [{ SnapshotId: "snap-x" }, "InvalidSnapshotID.Malformed", /snap-x/],
    [{ DryRun: true }, "DryRunOperation", /would have succeeded/],
  ];
  for (const [more, code, message] of cases)
    await assert.rejects(
      client.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1, ...more })),
      refused(code, message),
      JSON.stringify(more),
    );
  assert.deepEqual((await client.send(new DescribeVolumesCommand({}))).Volumes, []);
});

test("a volume from a snapshot is at least as large, and needs no bytes of its own under the same key", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const block = randomBytes(blockBytes);
  const SnapshotId = await madeSnapshot(server, new Map([[3, block]]));
  const volume = await madeVolume(server, client, { SnapshotId, Size: 2 });
  assert.deepEqual([volume.Size, volume.SnapshotId, volume.Encrypted], [2, SnapshotId, false]);
  const { disks } = server.house;
  assert.equal(readdirSync(disks.folder).filter((name) => name.endsWith(".data")).length, 2);
  const encrypted = await madeVolume(server, client, { SnapshotId, Encrypted: true });
  assert.equal(encrypted.State, "available");
  assert.equal(encrypted.Size, 1);
});
