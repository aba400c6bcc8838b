import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  type DescribeSnapshotsCommandInput,
  EnableSnapshotBlockPublicAccessCommand,
  ModifySnapshotAttributeCommand,
  type ModifySnapshotAttributeCommandInput,
  ResetSnapshotAttributeCommand,
} from "@aws-sdk/client-ec2";
import { ListSnapshotBlocksCommand } from "@aws-sdk/client-ebs";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { iam, rootOf, type TestServer, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { blockBytes, ebs, ec2, madeSnapshot, owner, share, sharedKey, target } from "./snapshot-kit.ts";
import { recordsOf } from "./trail.ts";

const blocks = new Map([[0, randomBytes(blockBytes)]]);
const stranger = "333333333333";

const modify = (server: TestServer, SnapshotId: string, more: Partial<ModifySnapshotAttributeCommandInput>) =>
  ec2(server).send(new ModifySnapshotAttributeCommand({ SnapshotId, ...more }));
const add = (...who: object[]) => ({ CreateVolumePermission: { Add: who } });
const Attribute = "createVolumePermission" as const;

test("what sharing is refused with", async () => {
  await using server = await testServer();
  const key = await sharedKey(server, owner);
  const [plain, encrypted, byDefault] = [
    await madeSnapshot(server, blocks),
    await madeSnapshot(server, blocks, key),
    await madeSnapshot(server, blocks, "default"),
  ];
  const many = Array.from({ length: 501 }, (_, n) => ({ UserId: String(100_000_000_000 + n) }));
  const one = { UserId: target };
  const table: [string, Partial<ModifySnapshotAttributeCommandInput>, string, RegExp][] = [
    [byDefault, add(one), "OperationNotPermitted", /^Encrypted snapshots with EBS default key cannot be shared$/],
    [encrypted, add({ Group: "all" }), "OperationNotPermitted", /^Encrypted snapshots cannot be shared publicly\.$/],
    [plain, {}, "InvalidParameterCombination", /^No attributes specified\.$/],
    [
      plain,
      { CreateVolumePermission: { Add: [one], Remove: [one] } },
      "InvalidParameterCombination",
      /^One and only one operation type may be specified for createVolumePermissions$/,
    ],
    [
      plain,
      { Attribute, UserIds: [target] },
      "InvalidParameterCombination",
      /^No operation specified for createVolumePermission attribute\.$/,
    ],
    [
      plain,
      { OperationType: "add", UserIds: [target] },
      "MissingParameter",
      /^Value for parameter attribute is invalid\. Parameter may not be null or empty\.$/,
    ],
    [plain, add(...many), "InvalidParameterValue", /^Modification size must not be greater than 500\.$/],
    [plain, add({ UserId: "12" }), "InvalidAMIAttributeItemValue", /UserId 12/],
    [
      plain,
      { Attribute, OperationType: "add", UserIds: ["12"] },
      "InvalidAMIAttributeItemValue",
      /^UserId \(12\) is invalid\.$/,
    ],
    [plain, add({ Group: "some" as "all" }), "InvalidAMIAttributeItemValue", /some/],
    ["snap-1", add(one), "InvalidSnapshotID.Malformed", /^Invalid id/],
    [
      "snap-0123456789abcdef0",
      add(one),
      "InvalidSnapshot.NotFound",
      /^The snapshot 'snap-0123456789abcdef0' does not exist\.$/,
    ],
  ];
  for (const [id, input, code, message] of table)
    await assert.rejects(modify(server, id, input), refused(code, message), JSON.stringify(input).slice(0, 80));
  await ec2(server).send(new EnableSnapshotBlockPublicAccessCommand({ State: "block-new-sharing" }));
  await assert.rejects(
    modify(server, plain, add({ Group: "all" })),
    refused("OperationNotPermitted", /^Public sharing of snapshots is blocked for this account\.$/),
  );
  await share(server, plain);
  assert.deepEqual(await recordsOf(server, "CreateGrant"), []);
  // The default key's snapshot, and each time that an encrypted one was to be shared.
  const probes = await recordsOf(server, "DescribeKey");
  assert.equal(probes.length, 2);
  for (const probe of probes) {
    assert.deepEqual(probe.requestParameters, { keyId: "alias/aws/ebs" });
    assert.equal(probe.userIdentity.invokedBy, "ec2-frontend-api.amazonaws.com");
  }
});

test("who sees a snapshot: its owner, whom it is shared with, everybody; and nobody any more", async () => {
  await using server = await testServer();
  const [mine, shared, open] = [
    await madeSnapshot(server, blocks),
    await madeSnapshot(server, blocks, await sharedKey(server, owner)),
    await madeSnapshot(server, blocks),
  ];
  await share(server, shared);
  await modify(server, open, add({ Group: "all" }));
  await modify(server, open, { Attribute, OperationType: "add", UserIds: [target] });
  const seen = async (account: string, input: DescribeSnapshotsCommandInput = {}) =>
    (await ec2(server, rootOf(account)).send(new DescribeSnapshotsCommand(input)))
      .Snapshots!.map(({ SnapshotId }) => SnapshotId!)
      .toSorted();
  const sorted = (...ids: string[]) => ids.toSorted();
  assert.deepEqual(await seen(owner), sorted(mine, shared, open));
  assert.deepEqual(await seen(target), sorted(shared, open));
  assert.deepEqual(await seen(stranger), [open]);
  assert.deepEqual(await seen(target, { OwnerIds: ["self"] }), []);
  assert.deepEqual(await seen(target, { OwnerIds: [owner] }), sorted(shared, open));
  assert.deepEqual(await seen(target, { OwnerIds: ["amazon"] }), []);
  assert.deepEqual(await seen(target, { RestorableByUserIds: ["self"] }), sorted(shared, open));
  assert.deepEqual(await seen(owner, { RestorableByUserIds: [target] }), sorted(shared, open));
  assert.deepEqual(await seen(stranger, { RestorableByUserIds: ["all"] }), [open]);
  assert.deepEqual(await seen(target, { SnapshotIds: [shared] }), [shared]);
  await assert.rejects(seen(stranger, { SnapshotIds: [shared] }), refused("InvalidSnapshot.NotFound"));
  await assert.rejects(seen(target, { OwnerIds: ["me"] }), refused("InvalidUserID.Malformed"));
  await assert.rejects(
    seen(target, { SnapshotIds: [shared], MaxResults: 5 }),
    refused("InvalidParameterCombination", /snapshotSet cannot be used with the parameter maxResults/),
  );
  const made = (account: string) =>
    ec2(server, rootOf(account)).send(new CreateVolumeCommand({ SnapshotId: open, AvailabilityZone: "eu-west-1a" }));
  const read = (account: string) =>
    ebs(server, rootOf(account)).send(new ListSnapshotBlocksCommand({ SnapshotId: open }));
  assert.equal((await made(stranger)).SnapshotId, open);
  assert.equal((await read(stranger)).Blocks?.length, blocks.size);
  await ec2(server).send(new EnableSnapshotBlockPublicAccessCommand({ State: "block-all-sharing" }));
  await assert.rejects(made(stranger), refused("InvalidSnapshot.NotFound"));
  await assert.rejects(read(stranger), refused("ResourceNotFoundException"));
  assert.deepEqual(await seen(stranger), []);
  assert.deepEqual(await seen(target), sorted(shared, open));
  for (const command of [
    new DescribeSnapshotAttributeCommand({ SnapshotId: shared, Attribute }),
    new DeleteSnapshotCommand({ SnapshotId: shared }),
    new ResetSnapshotAttributeCommand({ SnapshotId: shared, Attribute }),
  ])
    await assert.rejects(ec2(server, rootOf(target)).send(command as DeleteSnapshotCommand), refused("AuthFailure"));
  const { CreateVolumePermissions } = await ec2(server).send(
    new DescribeSnapshotAttributeCommand({ SnapshotId: open, Attribute }),
  );
  assert.deepEqual(CreateVolumePermissions, [{ Group: "all" }, { UserId: target }]);
  await ec2(server).send(new ResetSnapshotAttributeCommand({ SnapshotId: open, Attribute }));
  await modify(server, shared, { CreateVolumePermission: { Remove: [{ UserId: target }] } });
  assert.deepEqual(await seen(target), []);
  for (const SnapshotId of [mine, shared, open]) await ec2(server).send(new DeleteSnapshotCommand({ SnapshotId }));
  assert.deepEqual(await seen(owner), []);
  const told = (await recordsOf(server, "EBS Snapshot Notification")).filter(
    ({ serviceEventDetails }) => serviceEventDetails.event === "shareSnapshot",
  );
  assert.deepEqual(
    told.map(({ recipientAccountId }) => recipientAccountId),
    [target, target],
  );
  assert.equal(told[0]!.serviceEventDetails.snapshot_id, `arn:aws:ec2::eu-west-1:snapshot/${shared}`);
});

test("conditions on whom a snapshot is shared with", async () => {
  await using server = await testServer();
  const user = await addUser(server, "ann", ["ec2:*", "ebs:*"]);
  const SnapshotId = await madeSnapshot(server, blocks, undefined, user.credentials);
  const Statement = { Effect: "Deny", Action: "ec2:ModifySnapshotAttribute", Resource: "*" };
  const put = (Condition: object) => {
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: { ...Statement, Condition } });
    return iam(server).send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "deny", PolicyDocument }));
  };
  const by = (input: object) =>
    ec2(server, user.credentials).send(new ModifySnapshotAttributeCommand({ SnapshotId, ...input }));
  await put({ "ForAnyValue:StringEquals": { "ec2:Add/userId": stranger } });
  await assert.rejects(by(add({ UserId: target }, { UserId: stranger })), refused("UnauthorizedOperation"));
  await by(add({ UserId: target }));
  await put({ StringEquals: { "ec2:Add/group": "all" } });
  await assert.rejects(by(add({ Group: "all" })), refused("UnauthorizedOperation"));
  await by({ CreateVolumePermission: { Remove: [{ UserId: target }] } });
});
