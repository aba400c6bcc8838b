import assert from "node:assert/strict";
import { test } from "node:test";
import { StartSnapshotCommand, EBSClient } from "@aws-sdk/client-ebs";
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeTagsCommand,
  EC2Client,
  paginateDescribeTags,
} from "@aws-sdk/client-ec2";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { iam, root, rootOf, settingsOf, type TestServer, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const region = "eu-west-1";
const ec2 = (server: TestServer, credentials = root) => new EC2Client(settingsOf(server, credentials, region));

async function snapshots(server: TestServer, count: number): Promise<string[]> {
  const client = new EBSClient(settingsOf(server, root, region));
  const started = await Promise.all(
    Array.from({ length: count }, () => client.send(new StartSnapshotCommand({ VolumeSize: 1 }))),
  );
  return started.map(({ SnapshotId }) => SnapshotId!);
}

test("tags of several resources at once: set, described in pages, taken away", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const ids = await snapshots(server, 4);
  const Tags = [
    { Key: "team", Value: "blue" },
    { Key: "cost", Value: "" },
  ];
  await client.send(new CreateTagsCommand({ Resources: ids, Tags }));
  const shown = [];
  for await (const page of paginateDescribeTags({ client, pageSize: 5 }, {})) {
    assert.ok(page.Tags!.length <= 5);
    shown.push(...page.Tags!);
  }
  assert.equal(shown.length, 8);
  assert.equal(new Set(shown.map(({ ResourceId, Key }) => `${ResourceId} ${Key}`)).size, 8);
  const filtered = async (Name: string, ...Values: string[]) =>
    (await client.send(new DescribeTagsCommand({ Filters: [{ Name, Values }] }))).Tags!;
  assert.equal((await filtered("key", "te*")).length, 4);
  assert.equal((await filtered("resource-id", ids[0]!)).length, 2);
  assert.equal((await filtered("resource-type", "volume")).length, 0);
  assert.equal((await filtered("tag:team", "blue")).length, 4);
  await client.send(new DeleteTagsCommand({ Resources: [ids[0]!], Tags: [{ Key: "team", Value: "red" }] }));
  assert.equal((await filtered("resource-id", ids[0]!)).length, 2);
  await client.send(new DeleteTagsCommand({ Resources: [ids[0]!] }));
  assert.equal((await filtered("resource-id", ids[0]!)).length, 0);
  const [record] = await recordsOf(server, "CreateTags");
  assert.deepEqual(record!.requestParameters.tagSet.items[0], { key: "team", value: "blue" });
});

test("tags: what does not exist, what is another account's, and what is no id", async () => {
  await using server = await testServer();
  const [id = ""] = await snapshots(server, 1);
  const Tags = [{ Key: "a", Value: "b" }];
  const tag = (resource: string, credentials = root) =>
    ec2(server, credentials).send(new CreateTagsCommand({ Resources: [resource], Tags }));
  await assert.rejects(tag("snap-0123456789abcdef0"), refused("InvalidSnapshot.NotFound", /does not exist/));
  await assert.rejects(tag("vol-0123456789abcdef0"), refused("InvalidVolume.NotFound"));
  await assert.rejects(tag("snap-xyz"), refused("InvalidSnapshotID.Malformed"));
  await assert.rejects(tag("thing"), refused("InvalidID"));
  await assert.rejects(tag(id, rootOf("111122223333")), refused("InvalidSnapshot.NotFound"));
  const [record] = await recordsOf(server, "CreateTags");
  assert.equal(record!.errorCode, "Client.InvalidSnapshot.NotFound");
});

test("tags: conditions on what a request sets and on what a resource has; dry runs", async () => {
  await using server = await testServer();
  const [id = ""] = await snapshots(server, 1);
  const ann = await addUser(server, "ann", ["ec2:CreateTags"]);
  const policy = (Condition: object) =>
    iam(server).send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "deny",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Action: "ec2:CreateTags", Resource: "arn:aws:ec2:*::snapshot/*", Condition }],
        }),
      }),
    );
  const tag = (Key: string, Value: string, DryRun = false) =>
    ec2(server, ann.credentials).send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }], DryRun }));
  const denied = refused(
    "UnauthorizedOperation",
    /^You are not authorized .*ec2:CreateTags on resource: arn:aws:ec2:eu-west-1::snapshot\//,
  );
  await policy({ StringEquals: { "aws:RequestTag/Team": "red" } });
  await assert.rejects(tag("Team", "red"), denied);
  await assert.rejects(tag("Team", "blue", true), refused("DryRunOperation", /would have succeeded/));
  await assert.rejects(tag("Team", "red", true), denied);
  await tag("Team", "blue");
  await policy({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["Secret"] } });
  await assert.rejects(tag("Secret", "x"), denied);
  await tag("Open", "x");
  for (const name of ["aws:ResourceTag/Team", "ec2:ResourceTag/Team"]) {
    await policy({ StringEquals: { [name]: "blue" } });
    await assert.rejects(tag("Open", "y"), denied);
  }
  await policy({ StringEquals: { "ec2:ResourceTag/Team": "red" } });
  await tag("Open", "y");
  assert.equal((await recordsOf(server, "CreateTags")).at(0)!.errorCode, "Client.UnauthorizedOperation");
});
