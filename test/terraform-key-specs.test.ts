import assert from "node:assert/strict";
import { test } from "node:test";
import { DescribeKeyCommand, ListGrantsCommand } from "@aws-sdk/client-kms";
import { kms, testServer } from "./kit.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";

/** Every `customer_master_key_spec` that the provider knows, with every usage of it that the provider knows. */
const specs: Readonly<Record<string, readonly string[]>> = {
  SYMMETRIC_DEFAULT: ["ENCRYPT_DECRYPT"],
  RSA_2048: ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
  RSA_3072: ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
  RSA_4096: ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
  ECC_NIST_P256: ["SIGN_VERIFY", "KEY_AGREEMENT"],
  ECC_NIST_P384: ["SIGN_VERIFY", "KEY_AGREEMENT"],
  ECC_NIST_P521: ["SIGN_VERIFY", "KEY_AGREEMENT"],
  ECC_SECG_P256K1: ["SIGN_VERIFY"],
  HMAC_224: ["GENERATE_VERIFY_MAC"],
  HMAC_256: ["GENERATE_VERIFY_MAC"],
  HMAC_384: ["GENERATE_VERIFY_MAC"],
  HMAC_512: ["GENERATE_VERIFY_MAC"],
  SM2: ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"],
};
const kinds = Object.entries(specs).flatMap(([spec, usages]) => usages.map((usage) => ({ spec, usage })));

/** What the data source can show: it reads public keys for the algorithms of signing and encryption only. */
const shown = "RSA_2048 SIGN_VERIFY";

const everyKind = `
locals {
  kinds = {
${kinds.map(({ spec, usage }) => `    "${spec} ${usage}" = { spec = "${spec}", usage = "${usage}" }`).join("\n")}
  }
}

resource "aws_kms_key" "kind" {
  for_each                 = local.kinds
  description              = each.key
  customer_master_key_spec = each.value.spec
  key_usage                = each.value.usage
  deletion_window_in_days  = 7
  tags                     = { spec = each.value.spec }
}

resource "aws_kms_alias" "kind" {
  for_each      = aws_kms_key.kind
  name          = "alias/\${replace(each.key, " ", "/")}"
  target_key_id = each.value.key_id
}

resource "aws_kms_alias" "prefixed" {
  name_prefix   = "alias/some-"
  target_key_id = aws_kms_key.kind["SYMMETRIC_DEFAULT ENCRYPT_DECRYPT"].arn
}

data "aws_kms_key" "kind" {
  for_each = aws_kms_key.kind
  key_id   = each.value.arn
}

data "aws_kms_alias" "kind" {
  for_each = aws_kms_alias.kind
  name     = each.value.name
}

data "aws_kms_public_key" "signing" {
  key_id = aws_kms_alias.kind["${shown}"].name
}
`;

const granting = `
data "aws_caller_identity" "me" {}

resource "aws_iam_role" "worker" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = data.aws_caller_identity.me.account_id }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_kms_key" "shared" { deletion_window_in_days = 7 }

resource "aws_kms_key_policy" "shared" {
  key_id = aws_kms_key.shared.id
  policy = jsonencode({
    Version = "2012-10-17"
    Id      = "shared"
    Statement = [
      { Sid = "Account", Effect = "Allow", Principal = { AWS = "arn:aws:iam::\${data.aws_caller_identity.me.account_id}:root" }, Action = "kms:*", Resource = "*" },
      { Sid = "Worker", Effect = "Allow", Principal = { AWS = aws_iam_role.worker.arn }, Action = ["kms:DescribeKey"], Resource = "*" },
    ]
  })
}

resource "aws_kms_grant" "worker" {
  name              = "worker"
  key_id            = aws_kms_key.shared.key_id
  grantee_principal = aws_iam_role.worker.arn
  operations        = ["Encrypt", "Decrypt", "GenerateDataKey"]
  constraints { encryption_context_equals = { Department = "Finance" } }
}

resource "aws_kms_grant" "passing" {
  key_id             = aws_kms_key.shared.arn
  grantee_principal  = aws_iam_role.worker.arn
  retiring_principal = aws_iam_role.worker.arn
  operations         = ["DescribeKey", "CreateGrant", "RetireGrant"]
  retire_on_delete   = true
}

data "aws_kms_ciphertext" "greeting" {
  key_id    = aws_kms_key.shared.key_id
  plaintext = "good morning"
  context   = { hour = "8" }
}

data "aws_kms_secrets" "greeting" {
  secret {
    name    = "greeting"
    payload = data.aws_kms_ciphertext.greeting.ciphertext_blob
    context = { hour = "8" }
  }
}

`;

const outputs = `
output "all" {
  value = jsonencode({
    described = { for name, key in data.aws_kms_key.kind : name => "\${key.key_spec} \${key.key_usage}" }
    named     = [for name, alias in data.aws_kms_alias.kind : alias.target_key_arn == aws_kms_key.kind[name].arn]
    pem       = data.aws_kms_public_key.signing.public_key_pem
    keys      = [for key in aws_kms_key.kind : key.arn]
    shared    = aws_kms_key.shared.arn
    greeting  = nonsensitive(data.aws_kms_secrets.greeting.plaintext["greeting"])
  })
}
`;

interface Outputs {
  readonly described: Record<string, string>;
  readonly named: readonly boolean[];
  readonly pem: string;
  readonly keys: readonly string[];
  readonly shared: string;
  readonly greeting: string;
}

test("Terraform makes a key of every spec and usage it knows, aliases, a policy, grants and ciphertexts", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const client = kms(server);
  using terraform = await initTerraform(server, [everyKind, granting, outputs].join(""));
  await terraform.apply();
  await terraform.planIsEmpty();
  const all = JSON.parse(await terraform.output("all")) as Outputs;
  const expected = kinds.map(({ spec, usage }) => `${spec} ${usage}`);
  assert.deepEqual(all.described, Object.fromEntries(expected.map((name) => [name, name])));
  assert.deepEqual(
    all.named,
    kinds.map(() => true),
  );
  assert.match(all.pem, /^-----BEGIN PUBLIC KEY-----\n/);
  assert.equal(all.greeting, "good morning");
  const granted = async () => (await client.send(new ListGrantsCommand({ KeyId: all.shared }))).Grants!;
  const constraints = (await granted()).map(({ Name, Constraints }) => [Name, Constraints?.EncryptionContextEquals]);
  assert.deepEqual(Object.fromEntries(constraints), { "": undefined, worker: { Department: "Finance" } });
  await terraform.destroy();
  assert.deepEqual(await granted(), []);
  for (const KeyId of [...all.keys, all.shared])
    assert.equal((await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState, "PendingDeletion");
});
