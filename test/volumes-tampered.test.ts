import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AttachVolumeCommand, DetachVolumeCommand } from "@aws-sdk/client-ec2";
import type { Volume } from "../src/volumes/entities.ts";
import { type TestServer, testServer } from "./kit.ts";
import { NbdClient } from "./nbd-client.ts";
import { commit } from "./principals.ts";
import { blockBytes, described, ec2, instance, madeSnapshot, madeVolume, news, quiet } from "./volumes-kit.ts";

const Device = "/dev/sdf";

async function attached(server: TestServer, VolumeId: string, InstanceId: string): Promise<NbdClient> {
  await ec2(server).send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
  await quiet(server);
  return await NbdClient.open(server.house.disks.socketOf(VolumeId), VolumeId);
}

async function detached(server: TestServer, VolumeId: string): Promise<void> {
  await ec2(server).send(new DetachVolumeCommand({ VolumeId }));
  await quiet(server);
}

const volumeOf = (server: TestServer, id: string) => server.house.entities.get<Volume>("volume", `eu-west-1/${id}`)!;

/** A hand on the disk: the bytes of a file from an offset on, changed. */
function edit(path: string, at: number, length: number, change: (bytes: Buffer) => void): void {
  const file = openSync(path, "r+");
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  change(bytes);
  writeSync(file, bytes, 0, length, at);
  closeSync(file);
}

test("a live volume's flipped byte garbles one cipher block of its sector, as XTS does; its neighbours are as they were", async () => {
  await using server = await testServer();
  const InstanceId = await instance(server);
  const { VolumeId = "" } = await madeVolume(server, ec2(server), { Encrypted: true });
  const plain = Buffer.alloc(3 * 4096, "plain ");
  {
    using device = await attached(server, VolumeId, InstanceId);
    await device.write(0, plain);
  }
  await detached(server, VolumeId);
  const { top } = volumeOf(server, VolumeId).content;
  edit(join(server.house.disks.folder, `${top}.data`), 4096 + 100, 1, (bytes) => (bytes[0]! ^= 1));
  using device = await attached(server, VolumeId, InstanceId);
  const read = await device.read(0, plain.length);
  const garbled = [...read.keys()].filter((at) => read[at] !== plain[at]);
  assert.ok(garbled.length > 4);
  assert.ok(garbled.every((at) => at >= 4096 + 96 && at < 4096 + 112));
});

test("what came from a snapshot is not read when a byte of it was flipped or its blocks were swapped", async () => {
  for (const attack of ["flip", "swap"]) {
    await using server = await testServer();
    const InstanceId = await instance(server);
    const blocks = new Map([0, 1].map((index) => [index, randomBytes(blockBytes)]));
    const SnapshotId = await madeSnapshot(server, blocks);
    const { VolumeId = "" } = await madeVolume(server, ec2(server), { SnapshotId });
    const [layer] = volumeOf(server, VolumeId).content.below;
    const path = join(server.house.disks.folder, `${layer!.id}.data`);
    if (attack === "flip") edit(path, 12_345, 1, (bytes) => (bytes[0]! ^= 1));
    else
      edit(path, 0, 2 * blockBytes, (bytes) => {
        const first = Buffer.from(bytes.subarray(0, blockBytes));
        bytes.copyWithin(0, blockBytes);
        first.copy(bytes, blockBytes);
      });
    using device = await attached(server, VolumeId, InstanceId);
    await assert.rejects(device.read(0, 4096), /error 5/);
    if (attack === "flip") assert.deepEqual(await device.read(blockBytes, 4096), blocks.get(1)!.subarray(0, 4096));
  }
});

test("swapped wrapped keys open nothing: KMS is told whose they are, and an internal key is bound to its row", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const { entities } = server.house;
  const InstanceId = await instance(server);
  const one = (await madeVolume(server, client, { Encrypted: true })).VolumeId!;
  const two = (await madeVolume(server, client, { Encrypted: true })).VolumeId!;
  // As somebody would who can write rows with their MACs: stronger than a hand in the database.
  const [a, b] = [volumeOf(server, one), volumeOf(server, two)];
  const swapped = { ...a.content, key: { ...a.content.key, kms: { ...b.content.key.kms!, contextId: one } } };
  await commit(server, [entities.put(a, swapped)]);
  await client.send(new AttachVolumeCommand({ VolumeId: one, InstanceId, Device }));
  await quiet(server);
  assert.equal((await described(client, one)).State, "available");
  assert.equal((await news(server)).at(-1)!.said, "attachVolume failed");
  const [c, d] = [
    volumeOf(server, (await madeVolume(server, client)).VolumeId!),
    volumeOf(server, (await madeVolume(server, client)).VolumeId!),
  ];
  await commit(server, [entities.put(c, c.content, { secret: d.row.secret })]);
  await client.send(new AttachVolumeCommand({ VolumeId: c.content.volumeId, InstanceId, Device }));
  await quiet(server);
  assert.equal((await described(client, c.content.volumeId)).State, "available");
  const told = (await news(server)).at(-1)!;
  assert.deepEqual([told.said, told.cause], ["attachVolume failed", "An internal error has occurred"]);
});

test("nothing that was written is to be read on disk, whether AWS calls it encrypted or not", async () => {
  await using server = await testServer();
  const InstanceId = await instance(server);
  const marker = Buffer.from("the marker that nobody may find on disk");
  for (const Encrypted of [true, false]) {
    const { VolumeId = "" } = await madeVolume(server, ec2(server), { Encrypted });
    using device = await attached(server, VolumeId, InstanceId);
    await device.write(77, marker);
    await device.flush();
    await detached(server, VolumeId);
  }
  const { folder } = server.house.disks;
  for (const name of readdirSync(folder)) assert.equal(readFileSync(join(folder, name)).includes(marker), false, name);
});
