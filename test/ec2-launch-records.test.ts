import assert from "node:assert/strict";
import { test } from "node:test";
import { ModifyImageAttributeCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateAccountCommand, CreateOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { temporaryFolder } from "./cli-kit.ts";
import { instanceNow, keyFor, launch, readVolume, shareImage, volumeAt, writeVolume } from "./ec2-instance-kit.ts";
import { ec2, imageIds, register, snapshotOf } from "./ec2-kit.ts";
import { iam, rootOf, settingsOf, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { records, recordsOf, type TrailRecord } from "./trail.ts";
import { quiet } from "./volumes-kit.ts";

const other = "111122223333";
const owner = "000000000000";
const marker = "the plain text of an instance";

test("both accounts' trails tell of a launch across accounts, each what is its own", async () => {
  await using server = await testServer();
  const [owners, own] = [await keyFor(server, [other]), await keyFor(server, [], rootOf(other))];
  const image = await register(ec2(server), "web", await snapshotOf(server, { key: owners, blocks: { 0: marker } }));
  await shareImage(ec2(server), image, other);
  const before = (await records(server)).length;
  const Ebs = { Encrypted: true, KmsKeyId: own };
  const { Instances } = await launch(ec2(server, rootOf(other)), image, {
    BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs }],
  });
  await quiet(server);
  const { InstanceId } = Instances![0]!;
  const since = (await records(server)).slice(before);
  const said = ({ eventName, recipientAccountId, userIdentity }: TrailRecord) =>
    `${recipientAccountId} ${eventName} ${userIdentity.type} ${userIdentity.invokedBy}`;
  const frontend = "ec2-frontend-api.amazonaws.com";
  assert.deepEqual(since.filter(({ eventSource }) => eventSource === "kms.amazonaws.com").map(said), [
    `${other} ReEncrypt Root ${frontend}`,
    `${owner} ReEncrypt AWSAccount ${frontend}`,
    `${other} GenerateDataKeyWithoutPlaintext Root ${frontend}`,
    `${other} CreateGrant Root ${frontend}`,
    `${other} Decrypt AWSService prod.kms-caller.ebs.eu-west-1.amazonaws.com`,
    `${other} Decrypt AWSService prod.kms-caller.ebs.eu-west-1.amazonaws.com`,
    `${other} CreateGrant Root ${frontend}`,
    `${other} Decrypt AssumedRole ec2.amazonaws.com`,
  ]);
  const [theirs, ours] = since.filter(({ eventName }) => eventName === "ReEncrypt");
  assert.ok(theirs!.sharedEventID);
  assert.equal(theirs!.sharedEventID, ours!.sharedEventID);
  assert.equal(ours!.userIdentity.accountId, other);
  const infrastructure = since.findLast(({ eventName }) => eventName === "Decrypt")!;
  assert.equal(
    infrastructure.userIdentity.arn,
    `arn:aws:sts::${other}:assumed-role/aws:ec2-infrastructure/${InstanceId}`,
  );
  assert.ok(infrastructure.additionalEventData.grantId);
  const [launched] = await recordsOf(server, "RunInstances");
  assert.equal(launched!.responseElements.instancesSet.items[0].instanceId, InstanceId);
});

test("what a launch may make is the caller's policy to say", async () => {
  await using server = await testServer();
  const image = await register(ec2(server), "web", await snapshotOf(server));
  const ann = await addUser(server, "ann", ["kms:*"]);
  const anything = { Effect: "Allow", Action: "ec2:RunInstances", Resource: "*" };
  const encryptedOnly = {
    Effect: "Deny",
    Action: "ec2:RunInstances",
    Resource: "arn:aws:ec2:*:*:volume/*",
    Condition: { Bool: { "ec2:Encrypted": "false" } },
  };
  const small = {
    Effect: "Deny",
    Action: "ec2:RunInstances",
    Resource: "arn:aws:ec2:*:*:instance/*",
    Condition: { StringNotEquals: { "ec2:InstanceType": "t3.micro" } },
  };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [anything, encryptedOnly, small] });
  await iam(server).send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "launch", PolicyDocument }));
  const client = ec2(server, ann.credentials);
  await assert.rejects(launch(client, image), refused("UnauthorizedOperation", /not authorized/));
  const encrypted = { BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { Encrypted: true } }] };
  await assert.rejects(
    launch(client, image, { ...encrypted, InstanceType: "t3.large" }),
    refused("UnauthorizedOperation"),
  );
  const { Instances } = await launch(client, image, encrypted);
  await quiet(server);
  assert.equal((await instanceNow(ec2(server), Instances![0]!.InstanceId!)).State!.Name, "running");
  const TagSpecifications = [{ ResourceType: "instance" as const, Tags: [{ Key: "a", Value: "b" }] }];
  const tagged = launch(client, image, { ...encrypted, TagSpecifications });
  await assert.rejects(tagged, refused("UnauthorizedOperation", /ec2:CreateTags/));
});

test("a running instance's volumes are served again after a restart, through the grants that they have", async () => {
  using folder = temporaryFolder();
  let InstanceId = "";
  let key = "";
  {
    await using server = await testServer({ data: folder.path });
    const client = ec2(server);
    key = await keyFor(server);
    const image = await register(client, "web", await snapshotOf(server, { key, blocks: { 0: marker } }));
    InstanceId = (await launch(client, image)).Instances![0]!.InstanceId!;
    await quiet(server);
    await writeVolume(server, volumeAt(await instanceNow(client, InstanceId)), marker.toUpperCase());
  }
  await using server = await testServer({ data: folder.path });
  await quiet(server);
  const client = ec2(server);
  const instance = await instanceNow(client, InstanceId);
  assert.equal(instance.State!.Name, "running");
  assert.equal(await readVolume(server, volumeAt(instance), marker.length), marker.toUpperCase());
  await client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  await quiet(server);
  assert.equal((await instanceNow(client, InstanceId)).State!.Name, "terminated");
});

test("an image is shared with an organization, and with whoever joins it", async () => {
  await using server = await testServer();
  const organizations = new OrganizationsClient(settingsOf(server, undefined, "us-east-1"));
  const { Organization } = await organizations.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
  const image = await register(ec2(server), "web", await snapshotOf(server));
  const permission = { OrganizationArn: Organization!.Arn! };
  await ec2(server).send(new ModifyImageAttributeCommand({ ImageId: image, LaunchPermission: { Add: [permission] } }));
  const account = { Email: "a@example.com", AccountName: "a" };
  const { CreateAccountStatus } = await organizations.send(new CreateAccountCommand(account));
  const member = rootOf(CreateAccountStatus!.AccountId!);
  assert.deepEqual(await imageIds(ec2(server, member)), [image]);
  assert.deepEqual(await imageIds(ec2(server, rootOf(other))), []);
});
