import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import { AttachVolumeCommand, DeleteVolumeCommand, DetachVolumeCommand } from "@aws-sdk/client-ec2";
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ListGrantsCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { temporaryFolder } from "./cli-kit.ts";
import { kms, rootOf, testServer, type TestServer } from "./kit.ts";
import { NbdClient } from "./nbd-client.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";
import { described, ec2, instance, madeVolume, news, quiet } from "./volumes-kit.ts";

const Device = "/dev/sdf";

const socketOf = (server: TestServer, volumeId: string) => server.house.disks.socketOf(volumeId);
const grantsOf = async (server: TestServer, KeyId: string) =>
  (await kms(server).send(new ListGrantsCommand({ KeyId }))).Grants!;

async function newKey(server: TestServer): Promise<string> {
  return (await kms(server).send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
}

test("an attached volume is a device that only its owner opens; what was flushed is there after the next attachment", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const KmsKeyId = await newKey(server);
  const InstanceId = await instance(server);
  const { VolumeId = "" } = await madeVolume(server, client, { Encrypted: true, KmsKeyId });
  const attach = async () => {
    const answer = await client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
    assert.equal(answer.State, "attaching");
    await quiet(server);
  };
  await attach();
  const volume = await described(client, VolumeId);
  assert.equal(volume.State, "in-use");
  const { AttachTime, ...attachment } = volume.Attachments![0]!;
  assert.ok(AttachTime instanceof Date);
  assert.deepEqual(attachment, { VolumeId, InstanceId, Device, State: "attached", DeleteOnTermination: false });
  assert.equal(statSync(socketOf(server, VolumeId)).mode & 0o777, 0o600);
  const [service, infrastructure] = await grantsOf(server, KmsKeyId);
  const grants = [service!, infrastructure!].toSorted((a) => (a.Constraints?.EncryptionContextEquals ? -1 : 1));
  assert.equal(
    grants[1]!.GranteePrincipal,
    `arn:aws:sts::000000000000:assumed-role/aws:ec2-infrastructure/${InstanceId}`,
  );
  assert.deepEqual(grants[1]!.Constraints, { EncryptionContextSubset: { "aws:ebs:id": VolumeId } });
  const [opened] = await recordsOf(server, "Decrypt");
  assert.equal(opened!.userIdentity.arn, `arn:aws:sts::000000000000:assumed-role/aws:ec2-infrastructure/${InstanceId}`);
  assert.equal(opened!.additionalEventData.grantId, grants[1]!.GrantId);

  const marker = Buffer.alloc(8192, "the marker ");
  {
    using device = await NbdClient.open(socketOf(server, VolumeId), VolumeId);
    assert.equal(device.bytes, 1024 ** 3);
    await device.write(5 * 4096 + 17, marker);
    await device.flush();
  }
  // A key that is disabled while the volume is attached does not matter, as on AWS.
  await kms(server).send(new DisableKeyCommand({ KeyId: KmsKeyId }));
  {
    using device = await NbdClient.open(socketOf(server, VolumeId), VolumeId);
    assert.deepEqual(await device.read(5 * 4096 + 17, marker.length), marker);
  }
  await assert.rejects(client.send(new DeleteVolumeCommand({ VolumeId })), refused("VolumeInUse"));
  const detached = await client.send(new DetachVolumeCommand({ VolumeId }));
  assert.equal(detached.State, "detaching");
  await quiet(server);
  assert.equal((await described(client, VolumeId)).State, "available");
  assert.equal(existsSync(socketOf(server, VolumeId)), false);
  assert.equal((await grantsOf(server, KmsKeyId)).length, 1);

  await attach();
  assert.equal((await described(client, VolumeId)).State, "available");
  const failed = (await news(server)).at(-1)!;
  assert.deepEqual([failed.said, failed.cause], ["attachVolume failed", `${KmsKeyId} is disabled.`]);
  await kms(server).send(new EnableKeyCommand({ KeyId: KmsKeyId }));
  await attach();
  using device = await NbdClient.open(socketOf(server, VolumeId), VolumeId);
  assert.deepEqual(await device.read(5 * 4096 + 17, marker.length), marker);
  await assert.rejects(NbdClient.open(socketOf(server, VolumeId), "vol-other"), /ended/);
});

test("what was attached is served again after a restart, unless KMS says no; then it is tried again", async () => {
  using folder = temporaryFolder();
  const settings = { data: folder.path };
  const marker = Buffer.alloc(4096, 7);
  const ids: { key: string; VolumeId: string }[] = [];
  {
    await using server = await testServer(settings);
    const client = ec2(server);
    const InstanceId = await instance(server);
    for (const device of ["/dev/sdf", "/dev/sdg"]) {
      const key = await newKey(server);
      const { VolumeId = "" } = await madeVolume(server, client, { Encrypted: true, KmsKeyId: key });
      await client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: device }));
      await quiet(server);
      using nbd = await NbdClient.open(socketOf(server, VolumeId), VolumeId);
      await nbd.write(0, marker);
      ids.push({ key, VolumeId });
    }
    await kms(server).send(new ScheduleKeyDeletionCommand({ KeyId: ids[1]!.key }));
  }
  await using server = await testServer(settings);
  const client = ec2(server);
  while (!existsSync(socketOf(server, ids[0]!.VolumeId))) await new Promise((resolve) => setTimeout(resolve, 5));
  // Written and never flushed by its user: a server that ends does it.
  using nbd = await NbdClient.open(socketOf(server, ids[0]!.VolumeId), ids[0]!.VolumeId);
  assert.deepEqual(await nbd.read(0, 4096), marker);
  while ((await news(server)).at(-1)!.said !== "reattachVolume failed") await new Promise((r) => setTimeout(r, 5));
  assert.equal((await news(server)).at(-1)!.cause, `${ids[1]!.key} is pending deletion.`);
  assert.equal((await described(client, ids[1]!.VolumeId)).State, "in-use");
  assert.equal(existsSync(socketOf(server, ids[1]!.VolumeId)), false);
  await client.send(new DetachVolumeCommand({ VolumeId: ids[1]!.VolumeId }));
  while ((await described(client, ids[1]!.VolumeId)).State !== "available") await new Promise((r) => setTimeout(r, 5));
});

test("what AttachVolume and DetachVolume refuse", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const [one, elsewhere, starting] = [
    await instance(server),
    await instance(server, { zone: "eu-west-1b" }),
    await instance(server, { state: "pending" }),
  ];
  const { VolumeId = "" } = await madeVolume(server, client);
  const other = await madeVolume(server, client);
  const attach = (more: object, as = client) =>
    as.send(new AttachVolumeCommand({ VolumeId, InstanceId: one, Device, ...more }));
  const detach = (more: object) => client.send(new DetachVolumeCommand({ VolumeId, ...more }));
  await assert.rejects(attach({ VolumeId: "vol-0123456789abcdef0" }), refused("InvalidVolume.NotFound"));
  await assert.rejects(attach({ VolumeId: "vol-1" }), refused("InvalidVolumeID.Malformed"));
  await assert.rejects(attach({ InstanceId: "i-0123456789abcdef0" }), refused("InvalidInstanceID.NotFound"));
  await assert.rejects(attach({ InstanceId: elsewhere }), refused("InvalidVolume.ZoneMismatch"));
  await assert.rejects(attach({ InstanceId: starting }), refused("IncorrectState", /is not 'running'/));
  await assert.rejects(
    attach({ Device: "/dev/null" }),
    refused("InvalidParameterValue", /not a valid EBS device name/),
  );
  await assert.rejects(attach({}, ec2(server, rootOf("111122223333"))), refused("InvalidVolume.NotFound"));
  await assert.rejects(detach({}), refused("IncorrectState", /is in the 'available' state/));
  await attach({});
  await quiet(server);
  await assert.rejects(attach({}), refused("VolumeInUse", /is already attached to an instance/));
  await assert.rejects(attach({ VolumeId: other.VolumeId }), refused("InvalidParameterValue", /already in use/));
  await assert.rejects(detach({ InstanceId: elsewhere }), refused("InvalidAttachment.NotFound"));
  await assert.rejects(detach({ Device: "/dev/sdz" }), refused("InvalidAttachment.NotFound"));
  await detach({ Force: true, InstanceId: one, Device });
  await quiet(server);
  assert.equal((await described(client, VolumeId)).State, "available");
});

test("with Multi-Attach two instances see one disk, each by a grant of its own", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const KmsKeyId = await newKey(server);
  const shared = {
    VolumeType: "io2",
    Iops: 100,
    Size: 4,
    MultiAttachEnabled: true,
    Encrypted: true,
    KmsKeyId,
  } as const;
  const { VolumeId = "" } = await madeVolume(server, client, shared);
  const machines = [await instance(server), await instance(server)];
  for (const InstanceId of machines) await client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
  await quiet(server);
  assert.equal((await grantsOf(server, KmsKeyId)).length, 3);
  using first = await NbdClient.open(socketOf(server, `${VolumeId}.${machines[0]}`), VolumeId);
  using second = await NbdClient.open(socketOf(server, `${VolumeId}.${machines[1]}`), VolumeId);
  await first.write(4096, Buffer.alloc(4096, 9));
  assert.deepEqual(await second.read(4096, 4096), Buffer.alloc(4096, 9));
  await client.send(new DetachVolumeCommand({ VolumeId, InstanceId: machines[0]! }));
  await quiet(server);
  assert.equal((await described(client, VolumeId)).State, "in-use");
  assert.deepEqual(await second.read(4096, 4096), Buffer.alloc(4096, 9));
  await assert.rejects(first.read(0, 512), /ended/);
});
