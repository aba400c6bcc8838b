import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ListGrantsCommand } from "@aws-sdk/client-kms";
import { kms, rootOf, testServer } from "./kit.ts";
import {
  blockBytes,
  blocksOf,
  copy,
  described,
  ebs,
  ec2,
  madeSnapshot,
  owner,
  settled,
  share,
  sharedKey,
  target,
} from "./snapshot-kit.ts";

const twoBlocks = () =>
  new Map([
    [0, randomBytes(blockBytes)],
    [1500, randomBytes(blockBytes)],
  ]);

test("an encrypted snapshot is copied across accounts under the copier's key", async () => {
  await using server = await testServer();
  const [KO, KT] = [await sharedKey(server, owner, [target]), await sharedKey(server, target)];
  const blocks = twoBlocks();
  const source = await madeSnapshot(server, blocks, KO);
  await share(server, source);
  const client = ec2(server, rootOf(target));
  const id = await copy(client, source, { Encrypted: true, KmsKeyId: KT, Description: "mine" });
  const done = await settled(client, id);
  assert.equal(done.State, "completed", String(done.StateMessage));
  assert.equal(done.KmsKeyId, KT);
  assert.equal(done.Progress, "100%");
  assert.equal(done.VolumeSize, 1);
  assert.equal(done.VolumeId, "vol-ffffffff");
  assert.equal(done.FullSnapshotSizeInBytes, 2 * blockBytes);
  assert.equal(done.TransferType, "standard");
  assert.deepEqual(await blocksOf(ebs(server, rootOf(target)), id), blocks);
  assert.notEqual(done.DataEncryptionKeyId, (await described(ec2(server), source)).DataEncryptionKeyId);
  for (const [account, KeyId] of [
    [owner, KO],
    [target, KT],
  ] as const) {
    const { Grants } = await kms(server, rootOf(account)).send(new ListGrantsCommand({ KeyId }));
    assert.deepEqual(Grants, []);
  }
});
