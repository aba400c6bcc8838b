import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  CompleteSnapshotCommand,
  EBSClient,
  GetSnapshotBlockCommand,
  ListChangedBlocksCommand,
  ListSnapshotBlocksCommand,
  PutSnapshotBlockCommand,
  StartSnapshotCommand,
} from "@aws-sdk/client-ebs";
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand } from "@aws-sdk/client-kms";
import { kms, rootOf, settingsOf, type TestServer, testServer } from "./kit.ts";

const blockBytes = 524_288;
const ebs = (server: TestServer, account?: string) =>
  new EBSClient(settingsOf(server, account ? rootOf(account) : undefined));
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64");

async function put(client: EBSClient, SnapshotId: string, BlockIndex: number, bytes: Buffer): Promise<void> {
  const block = {
    SnapshotId,
    BlockIndex,
    BlockData: bytes,
    DataLength: bytes.length,
    ChecksumAlgorithm: "SHA256",
  } as const;
  await client.send(new PutSnapshotBlockCommand({ ...block, Checksum: digest(bytes) }));
}

async function read(client: EBSClient, SnapshotId: string): Promise<Map<number, Buffer>> {
  const { Blocks } = await client.send(new ListSnapshotBlocksCommand({ SnapshotId }));
  const found = new Map<number, Buffer>();
  for (const { BlockIndex, BlockToken } of Blocks!) {
    const got = await client.send(
      new GetSnapshotBlockCommand({ SnapshotId, BlockIndex: BlockIndex!, BlockToken: BlockToken! }),
    );
    const bytes = Buffer.from(await got.BlockData!.transformToByteArray());
    assert.equal(got.Checksum, digest(bytes));
    found.set(BlockIndex!, bytes);
  }
  return found;
}

for (const encrypted of [true, false])
  test(`blocks go in and come out of ${encrypted ? "an encrypted" : "an unencrypted"} snapshot, and of its child`, async () => {
    await using server = await testServer({ data: undefined, ephemeral: true });
    const client = ebs(server);
    const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
    const key = encrypted ? { Encrypted: true, KmsKeyArn: KeyMetadata!.Arn! } : {};
    const start = { VolumeSize: 1, ClientToken: "once", Description: "disk", ...key };
    const started = await client.send(new StartSnapshotCommand(start));
    assert.deepEqual((await client.send(new StartSnapshotCommand(start))).SnapshotId, started.SnapshotId);
    await assert.rejects(client.send(new StartSnapshotCommand({ ...start, VolumeSize: 2 })), {
      name: "ConflictException",
    });
    assert.equal(started.KmsKeyArn, encrypted ? KeyMetadata!.Arn : undefined);
    const SnapshotId = started.SnapshotId!;
    const marker = Buffer.from("the marker that nobody may find");
    const blocks = [0, 7, 2047].map(
      (index) => [index, Buffer.concat([marker, randomBytes(blockBytes - marker.length)])] as const,
    );
    for (const [index, bytes] of blocks) await put(client, SnapshotId, index, bytes);
    await assert.rejects(read(client, SnapshotId), { name: "ResourceNotFoundException", Reason: "SNAPSHOT_NOT_FOUND" });
    const whole = createHash("sha256");
    for (const [, bytes] of blocks) whole.update(createHash("sha256").update(bytes).digest());
    const Checksum = whole.digest("base64");
    const complete = {
      SnapshotId,
      ChangedBlocksCount: 3,
      Checksum,
      ChecksumAlgorithm: "SHA256",
      ChecksumAggregationMethod: "LINEAR",
    } as const;
    await assert.rejects(client.send(new CompleteSnapshotCommand({ ...complete, ChangedBlocksCount: 4 })), {
      name: "ValidationException",
    });
    assert.equal((await client.send(new CompleteSnapshotCommand(complete))).Status, "completed");
    assert.deepEqual(await read(client, SnapshotId), new Map(blocks));

    const child = (await client.send(new StartSnapshotCommand({ VolumeSize: 2, ParentSnapshotId: SnapshotId })))
      .SnapshotId!;
    await put(client, child, 7, Buffer.alloc(blockBytes, 1));
    await put(client, child, 9, Buffer.alloc(blockBytes, 2));
    await client.send(new CompleteSnapshotCommand({ SnapshotId: child, ChangedBlocksCount: 2 }));
    const after = new Map<number, Buffer>([
      ...blocks,
      [7, Buffer.alloc(blockBytes, 1)],
      [9, Buffer.alloc(blockBytes, 2)],
    ]);
    const found = await read(client, child);
    assert.equal(found.size, after.size);
    for (const [index, bytes] of after) assert.ok(found.get(index)!.equals(bytes), `block ${index}`);
    const changed = await client.send(
      new ListChangedBlocksCommand({ FirstSnapshotId: SnapshotId, SecondSnapshotId: child }),
    );
    assert.deepEqual(
      changed.ChangedBlocks!.map(({ BlockIndex }) => BlockIndex),
      [7, 9],
    );
    assert.deepEqual(
      changed.ChangedBlocks!.map(({ FirstBlockToken }) => FirstBlockToken !== undefined),
      [true, false],
    );

    await assert.rejects(read(ebs(server, "111122223333"), SnapshotId), { name: "ResourceNotFoundException" });
    const folder = server.house.disks.folder;
    for (const name of readdirSync(folder))
      assert.equal(readFileSync(join(folder, name)).includes(marker), false, name);
    if (!encrypted) return;
    await kms(server).send(new DisableKeyCommand({ KeyId: KeyMetadata!.KeyId }));
    const refused = { name: "ResourceNotFoundException", Reason: "DEPENDENCY_RESOURCE_NOT_FOUND" };
    await assert.rejects(read(client, SnapshotId), refused);
    await kms(server).send(new EnableKeyCommand({ KeyId: KeyMetadata!.KeyId }));
    assert.equal((await read(client, SnapshotId)).size, 3);
  });
