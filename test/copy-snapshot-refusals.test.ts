import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { StartSnapshotCommand } from "@aws-sdk/client-ebs";
import { CopySnapshotCommand, type CopySnapshotCommandInput } from "@aws-sdk/client-ec2";
import { CreateKeyCommand, DisableKeyCommand } from "@aws-sdk/client-kms";
import { kms, rootOf, type TestServer, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import {
  blockBytes,
  copy,
  described,
  ebs,
  ec2,
  heldOrders,
  madeSnapshot,
  region,
  settled,
  share,
  sharedKey,
  target,
} from "./snapshot-kit.ts";

const blocks = new Map([[0, randomBytes(blockBytes)]]);
const nobody = "snap-0123456789abcdef0";

/** Without what the client adds by itself: a presigned URL and the Region it goes to. */
function raw(server: TestServer, input: Partial<CopySnapshotCommandInput>, where = region) {
  const client = ec2(server, rootOf(target), where);
  client.middlewareStack.add(
    (next) => (given) =>
      next({
        ...given,
        input: Object.assign(given.input, { DestinationRegion: undefined, PresignedUrl: undefined, ...input }),
      }),
    { step: "initialize", priority: "low", name: "asGiven" },
  );
  return client.send(new CopySnapshotCommand(input as CopySnapshotCommandInput));
}

test("CopySnapshot: what is refused at once", async () => {
  await using server = await testServer();
  const client = kms(server, rootOf(target));
  const [off, signing] = [
    (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!,
    (await client.send(new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }))).KeyMetadata!.Arn!,
  ];
  await client.send(new DisableKeyCommand({ KeyId: off }));
  const gone = `arn:aws:kms:${region}:${target}:key/00000000-0000-0000-0000-000000000000`;
  const from = { SourceRegion: region, SourceSnapshotId: nobody };
  const url = (more: string) => `https://ec2.${region}.amazonaws.com/?Action=CopySnapshot&${more}`;
  const table: [Partial<CopySnapshotCommandInput>, string, RegExp][] = [
    [{ SourceRegion: region }, "MissingParameter", /^The request must contain the parameter SourceSnapshotId$/],
    [{ SourceSnapshotId: nobody }, "InternalError", /./],
    [{ ...from, SourceSnapshotId: "snap-zz" }, "InvalidParameterValue", /^The specified snapshotId is invalid$/],
    [{ ...from, SourceRegion: "moon" }, "InvalidRegion", /^moon is not a valid region name\.$/],
    [
      { ...from, DestinationRegion: "us-west-2" },
      "InvalidParameterValue",
      /^DestinationRegion 'us-west-2' does not match the current region \(eu-west-1\)$/,
    ],
    [
      { ...from, PresignedUrl: url("SourceSnapshotId=snap-0123456789abcdef1&DestinationRegion=eu-west-1") },
      "InvalidParameterValue",
      /^The source snapshot specified in PresignedUrl 'snap-0123456789abcdef1' does not match the source snapshot in the request: 'snap-0123456789abcdef0'$/,
    ],
    [
      { ...from, PresignedUrl: url(`SourceSnapshotId=${nobody}&DestinationRegion=us-east-1`) },
      "InvalidParameterValue",
      /^The destination region specified in PresignedUrl: 'us-east-1' is incorrect$/,
    ],
    [
      { ...from, PresignedUrl: `ftp://x/?SourceSnapshotId=${nobody}` },
      "InvalidParameterValue",
      /^The protocol in PresignedUrl should be http or https$/,
    ],
    [{ ...from, PresignedUrl: "no url" }, "InvalidParameterValue", /protocol in PresignedUrl/],
    [{ ...from, CompletionDurationMinutes: 20 }, "InvalidParameterValue", /15 and 2880/],
    [{ ...from, CompletionDurationMinutes: 2895 }, "InvalidParameterValue", /15 and 2880/],
    [{ ...from, KmsKeyId: off }, "InvalidParameterValue", new RegExp(`^The specified keyId ${off} is disabled$`)],
    [{ ...from, KmsKeyId: gone }, "InvalidParameterValue", new RegExp(`^The specified keyId ${gone} is invalid$`)],
    [
      { ...from, KmsKeyId: signing },
      "InvalidParameterValue",
      new RegExp(`^The specified keyId ${signing} is invalid$`),
    ],
    [
      { ...from, TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "a" }] }] },
      "InvalidParameterValue",
      /'volume' is not a valid taggable resource type/,
    ],
  ];
  for (const [input, code, message] of table)
    await assert.rejects(raw(server, input), refused(code, message), JSON.stringify(input));
});

test("CopySnapshot: what is told by the copy's state", async () => {
  await using server = await testServer();
  const client = ec2(server, rootOf(target));
  const hidden = await madeSnapshot(server, blocks);
  const { SnapshotId: open } = await ebs(server).send(new StartSnapshotCommand({ VolumeSize: 1 }));
  await share(server, open!);
  const elsewhere = await madeSnapshot(server, blocks, undefined, rootOf(target), "us-east-1");
  for (const [id, message] of [
    [hidden, "Source snapshot is not found"],
    [nobody, "Source snapshot is not found"],
    [elsewhere, "Source snapshot is not found"],
    [open!, "Source snapshot is not complete"],
  ] as const) {
    const copied = await copy(client, id);
    const done = await settled(client, copied);
    assert.equal(done.State, "error");
    assert.equal(done.StateMessage, message);
    assert.equal(done.Progress, "0%");
  }
});

test("CopySnapshot: how a copy reads while it is under way, and at most twenty at a time", async () => {
  await using server = await testServer();
  const client = ec2(server, rootOf(target));
  const source = await madeSnapshot(server, blocks);
  await share(server, source);
  const key = await sharedKey(server, target);
  const { letGo } = heldOrders(server, "copy");
  const copies = [];
  for (let count = 0; count < 20; count++)
    copies.push(await copy(client, source, { KmsKeyId: key, Description: `${count}`, CompletionDurationMinutes: 15 }));
  await assert.rejects(copy(client, source, { KmsKeyId: key }), refused("ResourceLimitExceeded", /limit is 20/));
  const { StartTime, OwnerId, SnapshotId, ...pending } = await described(client, copies[0]!);
  assert.equal(OwnerId, target);
  assert.deepEqual(pending, {
    State: "pending",
    StateMessage: "Metadata not updated",
    VolumeId: "vol-ffffffff",
    VolumeSize: 0,
    Encrypted: false,
    Progress: "0%",
    Description: "0",
    StorageTier: "standard",
    TransferType: "time-based",
    CompletionDurationMinutes: 15,
    Tags: [],
  });
  // The other Region has a limit of its own.
  await copy(ec2(server, rootOf(target), "us-east-1"), source);
  letGo();
  for (const id of copies) assert.equal((await settled(client, id)).State, "completed");
  await settled(client, await copy(client, source, { KmsKeyId: key }));
  assert.ok(StartTime && SnapshotId);
});
