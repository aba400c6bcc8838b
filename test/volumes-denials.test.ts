import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { CreateVolumeCommand } from "@aws-sdk/client-ec2";
import {
  CreateKeyCommand,
  DisableKeyCommand,
  ListGrantsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { kms, rootOf, type TestServer, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { blockBytes, described, ec2, madeSnapshot, news, quiet, share, zone } from "./volumes-kit.ts";

const owner = "111122223333";
const target = "000000000000";

/** A key that the account and, with `shared`, the other account may do everything with, but for this. */
async function newKey(server: TestServer, of: string, denied: string[], shared?: string): Promise<string> {
  const client = kms(server, of === target ? undefined : rootOf(of));
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const accounts = [of, ...(shared === undefined ? [] : [shared])];
  const statement = (Effect: string, Action: string[], more: object = {}) => ({
    Effect,
    Principal: { AWS: accounts },
    Action,
    Resource: "*",
    ...more,
  });
  // The account's root keeps everything, so that the test can look.
  const notRoot = { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${target}:user/*` } };
  const Statement = [
    statement("Allow", ["kms:*"]),
    ...(denied.length === 0 ? [] : [statement("Deny", denied, { Condition: notRoot })]),
  ];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata!.KeyId, Policy }));
  return KeyMetadata!.Arn!;
}

const grantsOf = async (server: TestServer, KeyId: string, of: string) =>
  (await kms(server, of === target ? undefined : rootOf(of)).send(new ListGrantsCommand({ KeyId }))).Grants!.length;

/** [denied on the source's key, denied on the volume's key, whether the volume comes to be] (flows.md, section 1.1). */
const matrix: [string[], string[], boolean][] = [
  [[], [], true],
  [["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [], true],
  [["kms:ReEncryptFrom"], [], false],
  [[], ["kms:ReEncryptTo"], false],
  [[], ["kms:CreateGrant"], false],
  [[], ["kms:GenerateDataKeyWithoutPlaintext"], false],
  [[], ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], true],
];

test("from another account's snapshot: what is denied decides whether the volume comes to be or vanishes", async () => {
  await using server = await testServer();
  const user = await addUser(server, "ann", ["ec2:*", "kms:*"]);
  const client = ec2(server, user.credentials);
  for (const [ofSource, ofTarget, comes] of matrix) {
    const source = await newKey(server, owner, ofSource, target);
    const own = await newKey(server, target, ofTarget);
    const blocks = new Map([[1, randomBytes(blockBytes)]]);
    const SnapshotId = await madeSnapshot(server, blocks, { key: source, credentials: rootOf(owner) });
    await share(server, SnapshotId, target);
    const asked = { AvailabilityZone: zone, SnapshotId, Encrypted: true, KmsKeyId: own };
    const answer = await client.send(new CreateVolumeCommand(asked));
    assert.equal(answer.State, "creating");
    await quiet(server);
    const label = `${ofSource.join()} / ${ofTarget.join()}`;
    const told = (await news(server)).filter(({ record }) => record.resources[0].ARN.endsWith(answer.VolumeId!));
    if (comes) {
      assert.equal((await described(client, answer.VolumeId!)).State, "available", label);
      assert.deepEqual(
        told.map(({ said }) => said),
        ["createVolume available"],
      );
      assert.equal(await grantsOf(server, own, target), 1);
    } else {
      await assert.rejects(described(client, answer.VolumeId!), refused("InvalidVolume.NotFound"), label);
      const [failed, gone] = told;
      assert.equal(failed!.said, "createVolume failed");
      const action = [...ofSource, ...ofTarget][0]!;
      const on = ofSource.length > 0 ? "this resource" : "resource:";
      assert.ok(
        failed!.cause.startsWith(`User: ${user.arn} is not authorized to perform: ${action} on ${on}`),
        failed!.cause,
      );
      assert.equal(gone!.said, "deleteVolume deleted");
      assert.equal(await grantsOf(server, own, target), 0);
    }
    assert.equal(await grantsOf(server, source, owner), 0);
  }
});

test("from a snapshot of one's own under its key, only ReEncrypt is asked of KMS", async () => {
  await using server = await testServer();
  const user = await addUser(server, "ann", ["ec2:*", "kms:*"]);
  const client = ec2(server, user.credentials);
  for (const [denied, comes] of [
    [["kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"], true],
    [["kms:ReEncryptFrom"], false],
    [["kms:ReEncryptTo"], false],
  ] as const) {
    const key = await newKey(server, target, [...denied]);
    const SnapshotId = await madeSnapshot(server, new Map([[0, randomBytes(blockBytes)]]), { key });
    const { VolumeId } = await client.send(new CreateVolumeCommand({ AvailabilityZone: zone, SnapshotId }));
    await quiet(server);
    if (comes) assert.equal((await described(client, VolumeId!)).KmsKeyId, key);
    else await assert.rejects(described(client, VolumeId!), refused("InvalidVolume.NotFound"));
    assert.equal(await grantsOf(server, key, target), 0);
  }
});

test("a key that is disabled, pending deletion or unknown lets the volume vanish, with the cause told", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const [disabled, going] = [await newKey(server, target, []), await newKey(server, target, [])];
  await kms(server).send(new DisableKeyCommand({ KeyId: disabled }));
  await kms(server).send(new ScheduleKeyDeletionCommand({ KeyId: going }));
  for (const [KmsKeyId, cause] of [
    [disabled, `${disabled} is disabled.`],
    [going, `${going} is pending deletion.`],
    ["alias/nobody", "Alias arn:aws:kms:eu-west-1:000000000000:alias/nobody is not found."],
  ] as const) {
    const asked = { AvailabilityZone: zone, Size: 1, Encrypted: true, KmsKeyId };
    const { VolumeId } = await client.send(new CreateVolumeCommand(asked));
    await quiet(server);
    await assert.rejects(described(client, VolumeId!), refused("InvalidVolume.NotFound"));
    assert.ok(
      (await news(server)).some((one) => one.cause === cause),
      cause,
    );
  }
});
