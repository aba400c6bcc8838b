import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DecryptCommand,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  ListAliasesCommand,
  ListResourceTagsCommand,
} from "@aws-sdk/client-kms";
import { kms, testServer } from "./kit.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";

const configuration = (team: string): string => `
data "aws_caller_identity" "me" {}

resource "aws_kms_key" "orders" {
  description             = "orders"
  is_enabled              = false
  deletion_window_in_days = 7
  tags                    = { team = "${team}" }
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Account"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::\${data.aws_caller_identity.me.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "plain" {}

resource "aws_kms_alias" "orders" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.orders.key_id
}

resource "aws_kms_ciphertext" "secret" {
  key_id    = aws_kms_key.plain.key_id
  plaintext = "attack at dawn"
  context   = { order = "42" }
}

output "key" { value = aws_kms_key.orders.arn }
output "ciphertext" { value = aws_kms_ciphertext.secret.ciphertext_blob }
`;

test("Terraform makes keys, an alias and a ciphertext, sees no difference, changes them and takes them away", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const client = kms(server);
  using terraform = await initTerraform(server, configuration("shop"));
  await terraform.apply();
  await terraform.planIsEmpty();

  const KeyId = await terraform.output("key");
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.deepEqual([KeyMetadata?.Description, KeyMetadata?.KeyState], ["orders", "Disabled"]);
  assert.match((await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy ?? "", /"Sid":"Account"/);
  const CiphertextBlob = Buffer.from(await terraform.output("ciphertext"), "base64");
  const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { order: "42" } }));
  assert.equal(Buffer.from(opened.Plaintext ?? "").toString(), "attack at dawn");

  await terraform.change(configuration("sales"));
  const { Tags } = await client.send(new ListResourceTagsCommand({ KeyId }));
  assert.deepEqual(Tags, [{ TagKey: "team", TagValue: "sales" }]);

  await terraform.destroy();
  const gone = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(gone.KeyMetadata?.KeyState, "PendingDeletion");
  assert.deepEqual((await client.send(new ListAliasesCommand({ KeyId }))).Aliases, []);
});
