import assert from "node:assert/strict";
import { test } from "node:test";
import { GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } from "@aws-sdk/client-ec2";
import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import { ec2 } from "./ec2-kit.ts";
import { kms, testServer } from "./kit.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";

const configuration = `
resource "aws_kms_key" "disks" {}

resource "aws_ebs_default_kms_key" "chosen" {
  key_arn = aws_kms_key.disks.arn
}

resource "aws_ebs_encryption_by_default" "on" {
  enabled = true
}

data "aws_ebs_default_kms_key" "now" {
  depends_on = [aws_ebs_default_kms_key.chosen]
}

data "aws_availability_zones" "here" {
  state = "available"
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

data "aws_security_group" "default" {
  name   = "default"
  vpc_id = data.aws_vpc.default.id
}

output "key" { value = data.aws_ebs_default_kms_key.now.key_arn }
output "zones" { value = join(" ", data.aws_availability_zones.here.names) }
output "subnets" { value = length(data.aws_subnets.default.ids) }
`;

test("Terraform chooses the default key and encryption by default, and finds the default network", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const client = ec2(server);
  const chosen = async () => (await client.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId;
  const byDefault = async () => (await client.send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault;
  using terraform = await initTerraform(server, configuration);
  await terraform.apply();
  await terraform.planIsEmpty();
  const key = await terraform.output("key");
  assert.equal(await chosen(), key);
  assert.equal(await byDefault(), true);
  assert.equal(await terraform.output("zones"), "eu-west-1a eu-west-1b eu-west-1c");
  assert.equal(await terraform.output("subnets"), "3");
  await terraform.destroy();
  const { KeyMetadata } = await kms(server).send(new DescribeKeyCommand({ KeyId: "alias/aws/ebs" }));
  assert.equal(await chosen(), KeyMetadata!.Arn);
  assert.equal(await byDefault(), false);
});
