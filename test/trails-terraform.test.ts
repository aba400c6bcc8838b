import assert from "node:assert/strict";
import { test } from "node:test";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { trailsAt } from "./account-trails.ts";
import { testServer } from "./kit.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";

const configuration = (more: string): string => `
data "aws_caller_identity" "me" {}

resource "aws_kms_key" "logs" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::\${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = ["kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          StringLike = { "kms:EncryptionContext:aws:cloudtrail:arn" = "arn:aws:cloudtrail:*:000000000000:trail/*" }
        }
      },
    ]
  })
}

resource "aws_cloudtrail" "plain" {
  name           = "plain"
  s3_bucket_name = "plain-logs"
  enable_logging = false
}

resource "aws_cloudtrail" "main" {
  name                          = "main"
  s3_bucket_name                = "trail-logs"
  s3_key_prefix                 = "prefix"
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  kms_key_id                    = aws_kms_key.logs.arn
${more}
}
`;

const first = `
  tags = { team = "red" }
  event_selector {
    read_write_type                  = "WriteOnly"
    include_management_events        = true
    exclude_management_event_sources = ["kms.amazonaws.com"]
    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3:::trail-logs/"]
    }
  }
  insight_selector {
    insight_type = "ApiCallRateInsight"
  }
`;

const second = `
  tags           = { team = "blue" }
  enable_logging = false
  advanced_event_selector {
    name = "writes"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }
  }
`;

test("Terraform makes trails, sees no difference, changes them and takes them away", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const client = trailsAt(server);
  using terraform = await initTerraform(server, configuration(first));
  await terraform.apply();
  await terraform.planIsEmpty();
  const main = async () => (await client.send(new cloudtrail.GetTrailCommand({ Name: "main" }))).Trail!;
  const logging = async (Name: string) => (await client.send(new cloudtrail.GetTrailStatusCommand({ Name }))).IsLogging;
  assert.deepEqual([await logging("main"), await logging("plain")], [true, false]);
  assert.deepEqual([(await main()).HasCustomEventSelectors, (await main()).HasInsightSelectors], [true, true]);
  await terraform.change(configuration(second));
  await terraform.planIsEmpty();
  assert.equal(await logging("main"), false);
  await terraform.destroy();
  assert.deepEqual((await client.send(new cloudtrail.DescribeTrailsCommand({}))).trailList, []);
});
