import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { AttachVolumeCommand, CreateSnapshotCommand, DetachVolumeCommand } from "@aws-sdk/client-ec2";
import { type Snapshot, snapshotRowId } from "../src/volumes/entities.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { root, type TestServer, testServer } from "./kit.ts";
import { NbdClient } from "./nbd-client.ts";
import { account, commit } from "./principals.ts";
import { blockBytes, blocksOf, copy, ebs, ec2, madeSnapshot, region, settled, sharedKey } from "./snapshot-kit.ts";
import { instance, madeVolume, quiet } from "./volumes-kit.ts";

const marker = "nobody shall find this sentence on the disk";
const block = (text: string) => Buffer.alloc(blockBytes, text);
const blocks = new Map([
  [2, block(`${marker} two `)],
  [5, block(`${marker} five `)],
]);

const entityOf = (server: TestServer, id: string) =>
  server.house.entities.get<Snapshot>("snapshot", snapshotRowId(region, id))!;
const layerOf = (server: TestServer, id: string) => entityOf(server, id).content.below.at(-1)!.id;

/** Snapshots of account 000000000000 by every way: blocks, copies, a volume that was written. */
async function everyWay(server: TestServer): Promise<string[]> {
  const key = await sharedKey(server, account);
  const client = ec2(server, root);
  const [encrypted, plain] = [
    await madeSnapshot(server, blocks, key, root),
    await madeSnapshot(server, blocks, undefined, root),
  ];
  const copies = [await copy(client, plain, { KmsKeyId: key }), await copy(ec2(server, root, "us-east-1"), plain)];
  await settled(client, copies[0]!);
  await settled(ec2(server, root, "us-east-1"), copies[1]!);
  const { VolumeId = "" } = await madeVolume(server, client, { Encrypted: true, KmsKeyId: key });
  const InstanceId = await instance(server);
  await client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" }));
  await quiet(server);
  {
    using device = await NbdClient.open(server.house.disks.socketOf(VolumeId), VolumeId);
    for (const [index, bytes] of blocks) await device.write(index * blockBytes, Buffer.from(bytes));
    await device.flush();
  }
  const { SnapshotId } = await client.send(new CreateSnapshotCommand({ VolumeId }));
  await settled(client, SnapshotId!);
  await client.send(new DetachVolumeCommand({ VolumeId }));
  await quiet(server);
  return [encrypted, plain, copies[0]!, SnapshotId!];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("nothing of what snapshots hold stands on the disk in the clear, and equal blocks do not look equal", async () => {
  using folder = temporaryFolder();
  {
    await using server = await testServer({ data: folder.path });
    for (const id of await everyWay(server)) {
      const found = await blocksOf(ebs(server, root), id);
      assert.deepEqual(found, blocks);
      const data = readFileSync(join(server.house.disks.folder, `${layerOf(server, id)}.data`));
      const sectors = [0, 1, 2].map((n) => data.subarray(2 * blockBytes + n * 4096, 2 * blockBytes + (n + 1) * 4096));
      assert.ok(!sectors[0]!.equals(sectors[1]!) && !sectors[1]!.equals(sectors[2]!));
    }
  }
  const files = filesBelow(folder.path);
  assert.ok(files.length > 10);
  for (const file of files) {
    const bytes = readFileSync(file);
    for (const encoding of ["utf8", "base64", "hex"] as const)
      assert.equal(bytes.includes(Buffer.from(marker).toString(encoding).slice(0, 40)), false, file);
  }
});

/** Changes bytes of a file in place. */
function change(path: string, at: number, length: number, make: (bytes: Buffer) => void): void {
  const file = openSync(path, "r+");
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  make(bytes);
  writeSync(file, bytes, 0, length, at);
  closeSync(file);
}

const damages: readonly [name: string, damage: (path: (part: string) => string) => void][] = [
  ["a flipped bit of a block", (path) => change(path("data"), 2 * blockBytes + 77, 1, (bytes) => (bytes[0]! ^= 1))],
  [
    "two swapped blocks",
    (path) =>
      change(path("data"), 2 * blockBytes, 4 * blockBytes, (bytes) => {
        const first = Buffer.from(bytes.subarray(0, blockBytes));
        bytes.copy(bytes, 0, 3 * blockBytes);
        first.copy(bytes, 3 * blockBytes);
      }),
  ],
  [
    "two swapped sectors of a block",
    (path) =>
      change(path("data"), 2 * blockBytes, 8192, (bytes) => {
        const first = Buffer.from(bytes.subarray(0, 4096));
        bytes.copy(bytes, 0, 4096);
        first.copy(bytes, 4096);
      }),
  ],
  ["a block that is said not to be there", (path) => change(path("map"), 4096 + 2 * 16, 16, (bytes) => bytes.fill(0))],
  ["a changed tag", (path) => change(path("tags"), 10, 1, (bytes) => (bytes[0]! ^= 1))],
];

for (const [name, damage] of damages)
  test(`${name} is an error when the snapshot is read, and when it is copied`, async () => {
    await using server = await testServer();
    const key = await sharedKey(server, account);
    for (const encryption of [key, undefined]) {
      const id = await madeSnapshot(server, blocks, encryption, root);
      damage((part) => join(server.house.disks.folder, `${layerOf(server, id)}.${part}`));
      await assert.rejects(blocksOf(ebs(server, root), id), (error: Error) =>
        /^(?:Internal|Validation)/.test(error.name),
      );
      const done = await settled(ec2(server, root), await copy(ec2(server, root, region), id, { Encrypted: true }));
      assert.deepEqual([done.State, done.StateMessage], ["error", "An internal error occurred"]);
    }
  });

test("swapped wrapped keys open nothing, whoever swapped them", async () => {
  using folder = temporaryFolder();
  let ids: string[];
  {
    await using server = await testServer({ data: folder.path });
    const { entities } = server.house;
    const key = await sharedKey(server, account);
    const swap = async (make: () => Promise<string>): Promise<void> => {
      const [a, b] = [entityOf(server, await make()), entityOf(server, await make())];
      await commit(server, [
        entities.put(a, { ...a.content, key: { ...b.content.key } }, { secret: b.row.secret }),
        entities.put(b, { ...b.content, key: { ...a.content.key } }, { secret: a.row.secret }),
      ]);
      for (const { content } of [a, b])
        await assert.rejects(blocksOf(ebs(server, root), content.snapshotId), content.snapshotId);
    };
    // The key of another snapshot with that one's context: KMS opens it, and the blocks' tags say no.
    await swap(() => madeSnapshot(server, blocks, key, root));
    await swap(() => madeSnapshot(server, blocks, undefined, root));
    // The blob alone, under its own context: KMS says no.
    const [a, b] = [
      entityOf(server, await madeSnapshot(server, blocks, key, root)),
      entityOf(server, await madeSnapshot(server, blocks, key, root)),
    ];
    const kms = { ...a.content.key.kms!, blob: b.content.key.kms!.blob };
    await commit(server, [entities.put(a, { ...a.content, key: { ...a.content.key, kms } })]);
    await assert.rejects(blocksOf(ebs(server, root), a.content.snapshotId), {
      Reason: "DEPENDENCY_RESOURCE_NOT_FOUND",
    });
    ids = [await madeSnapshot(server, blocks, key, root), await madeSnapshot(server, blocks, key, root)];
  }
  // A hand in the database.
  const database = new DatabaseSync(join(folder.path, "claviger.db"));
  const rows = ids.map((id) => snapshotRowId(region, id));
  const contents = rows.map(
    (id) => database.prepare("SELECT content FROM row WHERE kind = 'snapshot' AND id = ?").get(id)!.content as string,
  );
  const put = database.prepare("UPDATE row SET content = ? WHERE kind = 'snapshot' AND id = ?");
  const blobOf = (text: string) => (JSON.parse(text) as Snapshot).key.kms!.blob;
  put.run(contents[0]!.replace(blobOf(contents[0]!), blobOf(contents[1]!)), rows[0]!);
  database.close();
  await using server = await testServer({ data: folder.path });
  await assert.rejects(blocksOf(ebs(server, root), ids[0]!), { name: "InternalServerException" });
  assert.deepEqual(await blocksOf(ebs(server, root), ids[1]!), blocks);
});
