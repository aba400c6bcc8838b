import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ListChangedBlocksCommand } from "@aws-sdk/client-ebs";
import { EnableEbsEncryptionByDefaultCommand } from "@aws-sdk/client-ec2";
import { CreateKeyCommand, DescribeKeyCommand, ReplicateKeyCommand } from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { kms, rootOf, testServer } from "./kit.ts";
import {
  blockBytes,
  blocksOf,
  copy,
  described,
  ebs,
  ec2,
  grantsOf,
  madeSnapshot,
  owner,
  region,
  settled,
  share,
  sharedKey,
  strayLayers,
  target,
} from "./snapshot-kit.ts";
import { records } from "./trail.ts";

const blocks = new Map([
  [1, randomBytes(blockBytes)],
  [900, randomBytes(blockBytes)],
]);
const there = "us-east-1";
const mine = rootOf(target);

test("to another Region, and another account, under another key, in one step", async () => {
  await using server = await testServer();
  const [KO, KT] = [await sharedKey(server, owner, [target]), await sharedKey(server, target, [], there)];
  const source = await madeSnapshot(server, blocks, KO);
  await share(server, source);
  const before = (await records(server)).length;
  const client = ec2(server, mine, there);
  const id = await copy(client, source, { Encrypted: true, KmsKeyId: KT });
  const done = await settled(client, id);
  assert.equal(done.State, "completed", String(done.StateMessage));
  const told = (await records(server)).slice(before).filter((record) => record.eventSource === "kms.amazonaws.com");
  assert.deepEqual(
    told.map((record) => [record.eventName, record.awsRegion, record.recipientAccountId, record.userIdentity.type]),
    [
      ["DescribeKey", there, target, "Root"],
      ["GenerateDataKeyWithoutPlaintext", there, target, "Root"],
      ["CreateGrant", there, target, "Root"],
      ["CreateGrant", region, target, "Root"],
      ["CreateGrant", region, owner, "AWSAccount"],
      ["Decrypt", region, owner, "AWSService"],
      ["Decrypt", there, target, "AWSService"],
      ["RetireGrant", there, target, "AWSService"],
      ["RetireGrant", region, owner, "AWSService"],
    ],
  );
  const [describe, generate, ofTarget, ofOwner, atOwner, decrypt] = told;
  for (const record of [describe, generate, ofTarget])
    assert.equal(record!.userIdentity.invokedBy, "ec2-frontend-api.amazonaws.com");
  for (const record of [ofOwner, atOwner, decrypt])
    assert.equal(record!.userIdentity.invokedBy, `prod.kms-caller.ebs.${region}.amazonaws.com`);
  assert.equal(ofOwner!.sharedEventID, atOwner!.sharedEventID);
  assert.ok(ofOwner!.sharedEventID);
  assert.equal(generate!.requestParameters.numberOfBytes, 64);
  assert.deepEqual(generate!.requestParameters.encryptionContext, { "aws:ebs:id": id });
  for (const [grant, contextId, where] of [
    [ofTarget, id, there],
    [ofOwner, source, region],
  ] as const) {
    const { operations, constraints, granteePrincipal, retiringPrincipal } = grant!.requestParameters;
    assert.deepEqual(operations, ["Decrypt"]);
    assert.deepEqual(constraints, { encryptionContextEquals: { "aws:ebs:id": contextId } });
    assert.deepEqual([granteePrincipal, retiringPrincipal], Array(2).fill(`ec2.${where}.amazonaws.com`));
  }
  for (const record of told.slice(-2)) {
    assert.equal(record.requestParameters, null);
    assert.match(record.additionalEventData.grantId, /^[0-9a-f]{64}$/);
  }
  assert.deepEqual(await grantsOf(server, owner, KO), []);
  assert.deepEqual(await grantsOf(server, target, KT, there), []);
  assert.deepEqual(await blocksOf(ebs(server, mine, there), id), blocks);
});

test("under the same key of the same account in one Region the data key stays, and no block is written", async () => {
  await using server = await testServer();
  const key = await sharedKey(server, owner);
  const source = await madeSnapshot(server, blocks, key);
  const before = (await records(server)).length;
  const id = await copy(ec2(server), source, { KmsKeyId: key });
  const done = await settled(ec2(server), id);
  assert.equal(done.State, "completed", String(done.StateMessage));
  assert.equal(done.DataEncryptionKeyId, (await described(ec2(server), source)).DataEncryptionKeyId);
  const told = (await records(server)).slice(before);
  assert.deepEqual(
    told.filter(({ eventSource }) => eventSource === "kms.amazonaws.com").map(({ eventName }) => eventName),
    ["DescribeKey", "CreateGrant", "CreateGrant", "Decrypt", "Encrypt", "RetireGrant", "RetireGrant"],
  );
  const grant = told.find(({ eventName }) => eventName === "CreateGrant")!;
  assert.deepEqual(grant.requestParameters.operations, ["Decrypt", "Encrypt"]);
  const news = told.find(({ serviceEventDetails }) => serviceEventDetails?.event === "copySnapshot")!;
  assert.equal(news.serviceEventDetails.incremental, "true");
  assert.deepEqual(await grantsOf(server, owner, key), []);
  assert.deepEqual(await blocksOf(ebs(server), id), blocks);
  const changed = await ebs(server).send(
    new ListChangedBlocksCommand({ FirstSnapshotId: source, SecondSnapshotId: id }),
  );
  assert.deepEqual(changed.ChangedBlocks, []);
});

test("what is encrypted stays so, and what is not may become it", async () => {
  await using server = await testServer();
  const key = await sharedKey(server, owner, [target]);
  const [encrypted, plain] = [await madeSnapshot(server, blocks, key), await madeSnapshot(server, blocks)];
  for (const id of [encrypted, plain]) await share(server, id);
  const defaultKey = async (where: string) =>
    (await kms(server, mine, where).send(new DescribeKeyCommand({ KeyId: "alias/aws/ebs" }))).KeyMetadata!.Arn!;
  const own = await sharedKey(server, target);
  const none = undefined;
  const table: [source: string, where: string, asked: object, key: string | undefined][] = [
    [encrypted, region, { Encrypted: false }, await defaultKey(region)],
    [encrypted, there, {}, await defaultKey(there)],
    [plain, region, {}, none],
    [plain, there, { Encrypted: false }, none],
    [plain, region, { Encrypted: true }, await defaultKey(region)],
    [plain, region, { KmsKeyId: own }, own],
  ];
  const made: [string, string][] = [];
  for (const [source, where, asked, expected] of table) {
    const client = ec2(server, mine, where);
    const id = await copy(client, source, asked);
    const done = await settled(client, id);
    const label = JSON.stringify([source === plain, where, asked]);
    assert.equal(done.State, "completed", `${label} ${done.StateMessage}`);
    assert.equal(done.Encrypted, expected !== undefined, label);
    assert.equal(done.KmsKeyId, expected, label);
    made.push([id, where]);
  }
  await ec2(server, mine).send(new EnableEbsEncryptionByDefaultCommand({}));
  const byDefault = await copy(ec2(server, mine), plain);
  assert.equal((await settled(ec2(server, mine), byDefault)).Encrypted, true);
  for (const [id, where] of [...made, [byDefault, region] as const])
    assert.deepEqual(await blocksOf(ebs(server, mine, where), id), blocks);
  assert.deepEqual(await strayLayers(server), []);
});

test("related multi-Region keys mean nothing to EBS: a new data key, and a copy that its own Region's key opens", async () => {
  await using server = await testServer();
  const here = kms(server, rootOf(owner));
  const { KeyMetadata } = await here.send(new CreateKeyCommand({ MultiRegion: true }));
  const { ReplicaKeyMetadata } = await here.send(
    new ReplicateKeyCommand({ KeyId: KeyMetadata!.KeyId, ReplicaRegion: there }),
  );
  // A replica is made for a while.
  await advance(server, 60_000);
  const source = await madeSnapshot(server, blocks, KeyMetadata!.Arn);
  const client = ec2(server, rootOf(owner), there);
  const id = await copy(client, source, { KmsKeyId: ReplicaKeyMetadata!.Arn! });
  const done = await settled(client, id);
  assert.equal(done.State, "completed", String(done.StateMessage));
  assert.equal(done.KmsKeyId, ReplicaKeyMetadata!.Arn);
  assert.notEqual(done.DataEncryptionKeyId, (await described(ec2(server), source)).DataEncryptionKeyId);
  const used = (await records(server)).filter(
    ({ awsRegion, eventName }) => awsRegion === there && /Data/.test(eventName),
  );
  assert.equal(used.length, 1);
  assert.deepEqual(await blocksOf(ebs(server, rootOf(owner), there), id), blocks);
});
