import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { DecryptCommand, DescribeKeyCommand, EncryptCommand, GetKeyRotationStatusCommand } from "@aws-sdk/client-kms";
import { kms, testServer } from "./kit.ts";
import { ohio } from "./multi-region-key.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";

const secondRegion = (url: string): string => `
provider "aws" {
  alias                   = "ohio"
  region                  = "${ohio}"
  access_key              = "test"
  secret_key              = "test"
  max_retries             = 1
  skip_metadata_api_check = true
  skip_region_validation  = true
  endpoints {
    kms = "${url}"
    iam = "${url}"
    sts = "${url}"
  }
}
`;

const replicated = (url: string, days: number): string => `${secondRegion(url)}
resource "aws_kms_key" "primary" {
  description             = "near and far"
  multi_region            = true
  enable_key_rotation     = true
  rotation_period_in_days = ${days}
  deletion_window_in_days = 7
}

resource "aws_kms_replica_key" "replica" {
  provider                = aws.ohio
  description             = "far"
  primary_key_arn         = aws_kms_key.primary.arn
  deletion_window_in_days = 7
  tags                    = { where = "far" }
}

output "id" { value = aws_kms_key.primary.key_id }
`;

test("Terraform makes a rotating multi-Region key and its replica, changes the period and takes both away", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const [here, there] = [kms(server), kms(server, undefined, ohio)];
  using terraform = await initTerraform(server, replicated(server.url, 180));
  await terraform.apply();
  await terraform.planIsEmpty();
  const KeyId = await terraform.output("id");
  const { CiphertextBlob } = await here.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("far") }));
  const { Plaintext } = await there.send(new DecryptCommand({ CiphertextBlob }));
  assert.equal(Buffer.from(Plaintext!).toString(), "far");
  const period = async () => (await there.send(new GetKeyRotationStatusCommand({ KeyId }))).RotationPeriodInDays;
  assert.equal(await period(), 180);
  await terraform.change(replicated(server.url, 365));
  await terraform.planIsEmpty();
  assert.equal(await period(), 365);
  await terraform.destroy();
  const { KeyMetadata } = await here.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata!.KeyState, "PendingReplicaDeletion");
});

const imported = (url: string, material: string, enabled: boolean, validTo: string): string => `${secondRegion(url)}
resource "aws_kms_external_key" "single" {
  description             = "brought"
  key_material_base64     = "${material}"
  enabled                 = ${enabled}
  valid_to                = "${validTo}"
  deletion_window_in_days = 7
}

resource "aws_kms_external_key" "primary" {
  multi_region            = true
  key_material_base64     = "${material}"
  enabled                 = true
  deletion_window_in_days = 7
}

resource "aws_kms_replica_external_key" "replica" {
  provider                = aws.ohio
  enabled                 = true
  primary_key_arn         = aws_kms_external_key.primary.arn
  key_material_base64     = "${material}"
  deletion_window_in_days = 7
}

output "single" { value = aws_kms_external_key.single.id }
output "related" { value = aws_kms_external_key.primary.id }
`;

test("Terraform brings material to a key, to a multi-Region key and to its replica", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const [here, there] = [kms(server), kms(server, undefined, ohio)];
  const material = randomBytes(32).toString("base64");
  const inDays = (days: number) =>
    `${new Date(server.house.clocks.domain() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
  const [soon, later] = [inDays(100), inDays(200)];
  using terraform = await initTerraform(server, imported(server.url, material, true, soon));
  await terraform.apply();
  await terraform.planIsEmpty();
  const KeyId = await terraform.output("single");
  const described = async () => (await here.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;
  assert.deepEqual([(await described()).KeyState, (await described()).ValidTo], ["Enabled", new Date(soon)]);
  const related = await terraform.output("related");
  const { CiphertextBlob } = await there.send(
    new EncryptCommand({ KeyId: related, Plaintext: Buffer.from("both have it") }),
  );
  const { Plaintext } = await here.send(new DecryptCommand({ CiphertextBlob }));
  assert.equal(Buffer.from(Plaintext!).toString(), "both have it");
  await terraform.change(imported(server.url, material, false, later));
  await terraform.planIsEmpty();
  assert.deepEqual([(await described()).KeyState, (await described()).ValidTo], ["Disabled", new Date(later)]);
  await terraform.destroy();
  assert.equal((await described()).KeyState, "PendingDeletion");
});
