import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { DeleteSnapshotCommand, DescribeSnapshotsCommand, ModifySnapshotAttributeCommand } from "@aws-sdk/client-ec2";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  DisableKeyCommand,
  EnableKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { iam, kms, root, rootOf, type TestServer, testServer } from "./kit.ts";
import { account as target, addUser, commit } from "./principals.ts";
import type { SnapshotCopy } from "../src/services/ec2/snapshots/copy.ts";
import { refused } from "./refused.ts";
import {
  blockBytes,
  blocksOf,
  copy,
  ebs,
  ec2,
  grantsOf,
  heldOrders,
  keyPolicy,
  madeSnapshot,
  owner,
  settled,
  share,
  sharedKey,
  strayLayers,
} from "./snapshot-kit.ts";
import { recordsOf } from "./trail.ts";

const blocks = new Map([
  [1, randomBytes(blockBytes)],
  [900, randomBytes(blockBytes)],
]);
const theirs = (server: TestServer) => kms(server, rootOf(owner));

/** A snapshot of the owner's under KO, shared with `target` (account 000000000000), whose key is KT. */
async function stage(server: TestServer) {
  const [KO, KT] = [await sharedKey(server, owner, [target]), await sharedKey(server, target)];
  const source = await madeSnapshot(server, blocks, KO);
  await share(server, source, target);
  return { KO, KT, source, client: ec2(server, root), reading: ebs(server, root) };
}

async function nothingLeft(server: TestServer, KO: string, KT: string): Promise<void> {
  assert.deepEqual(await grantsOf(server, owner, KO), []);
  assert.deepEqual(await grantsOf(server, target, KT), []);
  assert.deepEqual(await strayLayers(server), []);
}

test("before: a key that is disabled, going or gone", async () => {
  await using server = await testServer();
  const { KO, KT, source, client } = await stage(server);
  const failed = async (): Promise<void> => {
    const done = await settled(client, await copy(client, source, { KmsKeyId: KT }));
    assert.deepEqual([done.State, done.StateMessage], ["error", "Given key ID is not accessible"]);
    assert.deepEqual(await grantsOf(server, target, KT), []);
  };
  await theirs(server).send(new DisableKeyCommand({ KeyId: KO }));
  await failed();
  await theirs(server).send(new EnableKeyCommand({ KeyId: KO }));
  await theirs(server).send(new ScheduleKeyDeletionCommand({ KeyId: KO, PendingWindowInDays: 7 }));
  await failed();
  await advance(server, 8 * 86_400_000);
  await failed();
  await kms(server).send(new DisableKeyCommand({ KeyId: KT }));
  await assert.rejects(copy(client, source, { KmsKeyId: KT }), refused("InvalidParameterValue", /is disabled$/));
  assert.deepEqual(await strayLayers(server), []);
});

test("during: whatever is revoked, disabled or deleted, a copy that has begun is completed", async () => {
  await using server = await testServer();
  const { KO, KT, source, client, reading } = await stage(server);
  const { letGo } = heldOrders(server, "copy");
  const id = await copy(client, source, { KmsKeyId: KT });
  while (
    (await recordsOf(server, "Decrypt")).filter(({ userIdentity }) => userIdentity.type === "AWSService").length < 2
  )
    await new Promise((resolve) => setTimeout(resolve, 5));
  const CreateVolumePermission = { Remove: [{ UserId: target }] };
  await ec2(server).send(new ModifySnapshotAttributeCommand({ SnapshotId: source, CreateVolumePermission }));
  await theirs(server).send(new PutKeyPolicyCommand({ KeyId: KO, Policy: keyPolicy([owner]) }));
  await theirs(server).send(new ScheduleKeyDeletionCommand({ KeyId: KO, PendingWindowInDays: 7 }));
  await ec2(server).send(new DeleteSnapshotCommand({ SnapshotId: source }));
  await kms(server).send(new DisableKeyCommand({ KeyId: KT }));
  await advance(server, 8 * 86_400_000);
  letGo();
  assert.equal((await settled(client, id)).State, "completed");
  assert.deepEqual(await grantsOf(server, target, KT), []);
  const missing = { name: "ResourceNotFoundException", Reason: "DEPENDENCY_RESOURCE_NOT_FOUND" };
  await assert.rejects(blocksOf(reading, id), missing);
  await kms(server).send(new EnableKeyCommand({ KeyId: KT }));
  assert.deepEqual(await blocksOf(reading, id), blocks);
  assert.deepEqual(await strayLayers(server), []);
});

test("after: the source's key is needed no more, the copy's is, and without its material nothing is left", async () => {
  await using server = await testServer();
  const { KO, KT, source, client, reading } = await stage(server);
  const id = await copy(client, source, { KmsKeyId: KT });
  assert.equal((await settled(client, id)).State, "completed");
  await nothingLeft(server, KO, KT);
  const uses = (await recordsOf(server, "Decrypt")).length;
  await theirs(server).send(new ScheduleKeyDeletionCommand({ KeyId: KO, PendingWindowInDays: 7 }));
  await advance(server, 8 * 86_400_000);
  assert.deepEqual(await blocksOf(reading, id), blocks);
  await assert.rejects(blocksOf(ebs(server), source), { Reason: "DEPENDENCY_RESOURCE_NOT_FOUND" });
  const later = (await recordsOf(server, "Decrypt")).slice(uses).filter(({ errorCode }) => errorCode === undefined);
  for (const { resources } of later) assert.equal(resources[0].ARN, KT);
  await kms(server).send(new ScheduleKeyDeletionCommand({ KeyId: KT, PendingWindowInDays: 7 }));
  await advance(server, 8 * 86_400_000);
  await assert.rejects(blocksOf(reading, id), { Reason: "DEPENDENCY_RESOURCE_NOT_FOUND" });
});

const losses = [
  "the caller's permissions",
  "the caller's permissions and what was noted of the grants",
  "the source's key",
];
for (const lost of losses)
  test(`after a restart a copy goes on by its grants; without ${lost}`, async () => {
    using folder = temporaryFolder();
    const settings = { data: folder.path };
    let begun: { id: string; KO: string; KT: string };
    {
      await using server = await testServer(settings);
      const { KO, KT, source } = await stage(server);
      const ann = await addUser(server, "ann", ["ec2:*", "kms:*"]);
      heldOrders(server, "copy");
      begun = { id: await copy(ec2(server, ann.credentials), source, { KmsKeyId: KT }), KO, KT };
      while (
        (await recordsOf(server, "Decrypt")).filter(({ userIdentity }) => userIdentity.type === "AWSService").length < 2
      )
        await new Promise((resolve) => setTimeout(resolve, 5));
      if (lost === "the source's key") await theirs(server).send(new DisableKeyCommand({ KeyId: KO }));
      else {
        const deny = { Effect: "Deny", Action: ["kms:*", "ec2:*"], Resource: "*" };
        const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: deny });
        await iam(server).send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "deny", PolicyDocument }));
      }
      if (lost.endsWith("of the grants")) {
        const { entities } = server.house;
        const noted = entities.get<SnapshotCopy>("snapshot-copy", `eu-west-1/${begun.id}`)!;
        await commit(server, [entities.put(noted, { ...noted.content, grants: [] })]);
      }
    }
    await using server = await testServer(settings);
    const { id, KO, KT } = begun;
    const done = await settled(ec2(server, root), id);
    if (lost === "the source's key")
      assert.deepEqual([done.State, done.StateMessage], ["error", "Given key ID is not accessible"]);
    else {
      assert.equal(done.State, "completed", String(done.StateMessage));
      assert.deepEqual(await blocksOf(ebs(server, root), id), blocks);
    }
    await nothingLeft(server, KO, KT);
    assert.equal(
      (await recordsOf(server, "CreateGrant")).filter((record) => record.recipientAccountId === target).length,
      2,
    );
  });

test("a copy that is deleted while it is under way leaves nothing", async () => {
  await using server = await testServer();
  const { KO, KT, source, client } = await stage(server);
  const { letGo } = heldOrders(server, "copy");
  const id = await copy(client, source, { KmsKeyId: KT });
  await client.send(new DeleteSnapshotCommand({ SnapshotId: id }));
  letGo();
  const { entities } = server.house;
  while (entities.countByScope("volume-work", "") > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await nothingLeft(server, KO, KT);
  const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
  assert.deepEqual(Snapshots, []);
  assert.equal(entities.countByScope("snapshot-copy", `${target}/eu-west-1`), 0);
});
