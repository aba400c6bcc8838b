import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DescribeAccountAttributesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  DisableEbsEncryptionByDefaultCommand,
  DisableSnapshotBlockPublicAccessCommand,
  EC2Client,
  EnableEbsEncryptionByDefaultCommand,
  EnableSnapshotBlockPublicAccessCommand,
  GetEbsDefaultKmsKeyIdCommand,
  GetEbsEncryptionByDefaultCommand,
  GetSnapshotBlockPublicAccessStateCommand,
  ModifyEbsDefaultKmsKeyIdCommand,
  ResetEbsDefaultKmsKeyIdCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { type Credentials, kms, rootOf, settingsOf, type TestServer, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const ec2 = (server: TestServer, as?: Credentials, region?: string) => new EC2Client(settingsOf(server, as, region));

test("encryption by default is a choice of one account in one Region", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const chosen = async (as = client) =>
    (await as.send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault;
  assert.equal(await chosen(), false);
  const { EbsEncryptionByDefault } = await client.send(new EnableEbsEncryptionByDefaultCommand({}));
  assert.equal(EbsEncryptionByDefault, true);
  assert.equal(await chosen(), true);
  assert.equal(await chosen(ec2(server, rootOf("111122223333"))), false);
  assert.equal(await chosen(ec2(server, undefined, "us-east-1")), false);
  await client.send(new DisableEbsEncryptionByDefaultCommand({}));
  assert.equal(await chosen(), false);
  await assert.rejects(client.send(new EnableEbsEncryptionByDefaultCommand({ DryRun: true })), {
    name: "DryRunOperation",
    message: "Request would have succeeded, but DryRun flag is set.",
  });
  assert.equal(await chosen(), false);
  const ann = await addUser(server, "ann", ["ec2:GetEbsEncryptionByDefault"]);
  assert.equal(await chosen(ec2(server, ann.credentials)), false);
  const denied = ec2(server, ann.credentials).send(new EnableEbsEncryptionByDefaultCommand({ DryRun: true }));
  await assert.rejects(denied, refused("UnauthorizedOperation", /ec2:EnableEbsEncryptionByDefault/));
});

test("the default key may be named in any way, and must be one that EBS can use", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const choose = (KmsKeyId: string, as = client) => as.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId }));
  const chosen = async () => (await client.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId;
  assert.equal(await chosen(), "alias/aws/ebs");
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const { KeyId, Arn } = KeyMetadata!;
  await kms(server).send(new CreateAliasCommand({ AliasName: "alias/disks", TargetKeyId: KeyId }));
  const alias = Arn!.replace(`key/${KeyId}`, "alias/disks");
  for (const name of [KeyId!, Arn!, "alias/disks", alias]) {
    assert.equal((await choose(name)).KmsKeyId, Arn);
    assert.equal(await chosen(), Arn);
  }
  const missing = "11111111-2222-3333-4444-555555555555";
  await assert.rejects(
    choose(missing),
    refused("InvalidParameterValue", new RegExp(`^The specified keyId ${missing} is invalid$`)),
  );
  const rsa = await kms(server).send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" }));
  await assert.rejects(choose(rsa.KeyMetadata!.KeyId!), refused("InvalidParameterValue", /is invalid$/));
  const other = (await kms(server).send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  await kms(server).send(new DisableKeyCommand({ KeyId: other }));
  await assert.rejects(choose(other), refused("InvalidParameterValue", /is disabled$/));
  await kms(server).send(new ScheduleKeyDeletionCommand({ KeyId: other }));
  await assert.rejects(choose(other), refused("InvalidParameterValue", /is pending deletion$/));
  const ann = await addUser(server, "ann", ["ec2:*"]);
  await assert.rejects(choose(Arn!, ec2(server, ann.credentials)), (error: Error) => {
    assert.deepEqual([error.name, error.message], ["AuthFailure", `Not authorized to use key ${Arn} `]);
    return true;
  });
  assert.equal(await chosen(), Arn);

  const reset = await client.send(new ResetEbsDefaultKmsKeyIdCommand({}));
  const managed = await kms(server).send(new DescribeKeyCommand({ KeyId: "alias/aws/ebs" }));
  assert.deepEqual([reset.KmsKeyId, managed.KeyMetadata!.KeyManager], [managed.KeyMetadata!.Arn, "AWS"]);
  assert.equal(await chosen(), reset.KmsKeyId);
  const [asked] = await recordsOf(server, "DescribeKey");
  assert.equal(asked!.userIdentity.invokedBy, "ec2-frontend-api.amazonaws.com");
  const [recorded] = await recordsOf(server, "ModifyEbsDefaultKmsKeyId");
  assert.equal(recorded!.eventSource, "ec2.amazonaws.com");
  assert.deepEqual(recorded!.requestParameters, { ModifyEbsDefaultKmsKeyIdRequest: { KmsKeyId: KeyId } });
});

test("public sharing of snapshots is blocked and unblocked", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const state = async () => (await client.send(new GetSnapshotBlockPublicAccessStateCommand({}))).State;
  assert.equal(await state(), "unblocked");
  for (const State of ["block-new-sharing", "block-all-sharing"] as const) {
    await client.send(new EnableSnapshotBlockPublicAccessCommand({ State }));
    assert.equal(await state(), State);
  }
  await assert.rejects(
    client.send(new EnableSnapshotBlockPublicAccessCommand({ State: "unblocked" })),
    refused("InvalidParameterValue"),
  );
  await client.send(new DisableSnapshotBlockPublicAccessCommand({}));
  assert.equal(await state(), "unblocked");
});

test("an account has a default network in every Region, found by what clients filter", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });
  const { Vpcs } = await client.send(new DescribeVpcsCommand(filter("is-default", "true")));
  assert.equal(Vpcs!.length, 1);
  const vpc = Vpcs![0]!;
  const { Subnets } = await client.send(new DescribeSubnetsCommand(filter("vpc-id", vpc.VpcId!)));
  assert.deepEqual(Subnets!.map(({ AvailabilityZone }) => AvailabilityZone!).toSorted(), [
    "eu-west-1a",
    "eu-west-1b",
    "eu-west-1c",
  ]);
  const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand(filter("group-name", "def*")));
  assert.equal(SecurityGroups![0]!.VpcId, vpc.VpcId);
  const { AccountAttributes } = await client.send(
    new DescribeAccountAttributesCommand({ AttributeNames: ["default-vpc"] }),
  );
  assert.equal(AccountAttributes![0]!.AttributeValues![0]!.AttributeValue, vpc.VpcId);
  const others = [ec2(server, rootOf("111122223333")), ec2(server, undefined, "us-east-1")];
  for (const other of others)
    assert.notEqual((await other.send(new DescribeVpcsCommand({}))).Vpcs![0]!.VpcId, vpc.VpcId);
  assert.deepEqual((await client.send(new DescribeVpcsCommand(filter("is-default", "false")))).Vpcs, []);
  await assert.rejects(client.send(new DescribeVpcsCommand({ VpcIds: ["vpc-0"] })), refused("InvalidVpcID.NotFound"));
  await assert.rejects(
    client.send(new DescribeSubnetsCommand({ SubnetIds: ["subnet-0"] })),
    refused("InvalidSubnetID.NotFound"),
  );
  await assert.rejects(
    client.send(new DescribeSecurityGroupsCommand({ GroupNames: ["web"] })),
    refused("InvalidGroup.NotFound"),
  );
  await assert.rejects(client.send(new DescribeVpcsCommand(filter("colour", "red"))), refused("InvalidParameterValue"));
});

test("Regions, zones and instance types are listed, filtered and paged", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const regions = await client.send(new DescribeRegionsCommand({ RegionNames: ["eu-west-1"] }));
  assert.deepEqual(regions.Regions, [
    { RegionName: "eu-west-1", Endpoint: "ec2.eu-west-1.amazonaws.com", OptInStatus: "opt-in-not-required" },
  ]);
  assert.ok((await client.send(new DescribeRegionsCommand({}))).Regions!.length > 30);
  const zones = await ec2(server, undefined, "ap-southeast-2").send(new DescribeAvailabilityZonesCommand({}));
  assert.deepEqual(
    zones.AvailabilityZones!.map(({ ZoneName, ZoneId }) => `${ZoneName} ${ZoneId}`),
    ["ap-southeast-2a apse2-az1", "ap-southeast-2b apse2-az2", "ap-southeast-2c apse2-az3"],
  );
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeInstanceTypesCommand({ MaxResults: 7, ...(NextToken && { NextToken }) }),
    );
    assert.ok(page.InstanceTypes!.length <= 7);
    names.push(...page.InstanceTypes!.map(({ InstanceType }) => InstanceType!));
    NextToken = page.NextToken;
  } while (NextToken);
  assert.ok(names.includes("t3.micro") && names.length === new Set(names).size && names.length > 20);
  const arm = await client.send(
    new DescribeInstanceTypesCommand({
      Filters: [
        { Name: "processor-info.supported-architecture", Values: ["arm64"] },
        { Name: "instance-type", Values: ["t4g.*"] },
      ],
    }),
  );
  assert.ok(arm.InstanceTypes!.every(({ InstanceType }) => InstanceType!.startsWith("t4g.")));
  await assert.rejects(
    client.send(new DescribeInstanceTypesCommand({ InstanceTypes: ["t9.huge" as "t3.micro"] })),
    refused("InvalidInstanceType", /^The following supplied instance types do not exist: \[t9.huge\]$/),
  );
  const token = client.send(new DescribeInstanceTypesCommand({ MaxResults: 7, NextToken: "bm90IG1pbmU" }));
  await assert.rejects(token, refused("InvalidParameterValue"));
});
