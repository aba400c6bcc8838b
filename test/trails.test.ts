import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { createTrail, refusal, trailArn, trailsAt } from "./account-trails.ts";
import { testServer } from "./kit.ts";
import { recordsOf } from "./trail.ts";

describe("a trail", () => {
  test("is made, described, changed, started, stopped and deleted; each call is recorded", async () => {
    await using server = await testServer();
    const client = trailsAt(server);
    const made = await client.send(createTrail({ S3KeyPrefix: "audit/", EnableLogFileValidation: true }));
    const expected = {
      Name: "main",
      S3BucketName: "logs",
      S3KeyPrefix: "audit",
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: false,
      TrailARN: trailArn("main"),
      LogFileValidationEnabled: true,
      IsOrganizationTrail: false,
    };
    const { $metadata: _made, ...told } = made;
    assert.deepEqual(told, expected);
    const { Trail } = await client.send(new cloudtrail.GetTrailCommand({ Name: "main" }));
    const more = { HomeRegion: "eu-west-1", HasCustomEventSelectors: false, HasInsightSelectors: false };
    assert.deepEqual(Trail, { ...expected, ...more });
    const status = () => client.send(new cloudtrail.GetTrailStatusCommand({ Name: trailArn("main") }));
    assert.equal((await status()).IsLogging, false);
    await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
    await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
    const started = await status();
    assert.equal(started.IsLogging, true);
    assert.equal(`${started.StartLoggingTime!.toISOString().slice(0, 19)}Z`, started.TimeLoggingStarted);
    await client.send(
      new cloudtrail.UpdateTrailCommand({ Name: "main", S3BucketName: "other", S3KeyPrefix: "", SnsTopicName: "news" }),
    );
    const { trailList } = await client.send(new cloudtrail.DescribeTrailsCommand({ trailNameList: ["main", "none"] }));
    assert.deepEqual(
      trailList!.map(({ S3BucketName, S3KeyPrefix, SnsTopicARN }) => [S3BucketName, S3KeyPrefix, SnsTopicARN]),
      [["other", undefined, "arn:aws:sns:eu-west-1:000000000000:news"]],
    );
    await client.send(new cloudtrail.StopLoggingCommand({ Name: "main" }));
    assert.equal((await status()).IsLogging, false);
    await client.send(new cloudtrail.DeleteTrailCommand({ Name: "main" }));
    await assert.rejects(
      client.send(new cloudtrail.GetTrailCommand({ Name: "main" })),
      refusal("TrailNotFoundException", /^Unknown trail: main for the user: 000000000000$/),
    );
    const [record] = await recordsOf(server, "CreateTrail");
    assert.deepEqual(record!.requestParameters, {
      name: "main",
      s3BucketName: "logs",
      s3KeyPrefix: "audit/",
      enableLogFileValidation: true,
    });
    assert.deepEqual(record!.responseElements, {
      name: "main",
      s3BucketName: "logs",
      s3KeyPrefix: "audit",
      includeGlobalServiceEvents: true,
      isMultiRegionTrail: false,
      trailARN: trailArn("main"),
      logFileValidationEnabled: true,
      isOrganizationTrail: false,
    });
    assert.equal(record!.eventSource, "cloudtrail.amazonaws.com");
    assert.deepEqual((await recordsOf(server, "StopLogging"))[0]!.requestParameters, { name: "main" });
    assert.equal((await recordsOf(server, "DeleteTrail"))[0]!.readOnly, false);
  });

  test("has a name, a bucket and a prefix that AWS would take, and no way out of its folder", async () => {
    await using server = await testServer();
    const client = trailsAt(server);
    const refused = async (input: Partial<cloudtrail.CreateTrailCommandInput>, code: string, message = /./) =>
      assert.rejects(client.send(createTrail(input)), refusal(code, message), JSON.stringify(input));
    const names: [string, RegExp][] = [
      ["ab", /^Trail name too short\. Minimum allowed length: 3 characters\. Specified name length: 2 characters\.$/],
      ["a".repeat(129), /^Trail name too long\. Maximum allowed length: 128 characters\./],
      ["-abc", /^Trail name must starts with a letter or number\.$/],
      ["abc-", /^Trail name must ends with a letter or number\.$/],
      ["a b c", /^Trail name or ARN can only contain uppercase letters/],
      ["a/../b", /can only contain/],
      ["ключ", /can only contain/],
      ["my-_trail", /adjacent/],
      ["192.168.5.4", /IP address/],
    ];
    for (const [Name, message] of names) await refused({ Name }, "InvalidTrailNameException", message);
    for (const S3BucketName of [
      "",
      "ab",
      "a".repeat(64),
      "Logs",
      "..",
      "a..b",
      "a/b",
      "-ab",
      "1.2.3.4",
      "a\\b",
      "a%2fb",
    ])
      await refused({ S3BucketName }, "InvalidS3BucketNameException");
    for (const S3KeyPrefix of [
      "..",
      "a/../../b",
      "/etc",
      "a//b",
      ".",
      "a\\..\\b",
      "a\0b",
      "é",
      "%2e%2e",
      "x".repeat(201),
    ])
      await refused({ S3KeyPrefix }, "InvalidS3PrefixException");
    await refused({ SnsTopicName: "no topic" }, "InvalidSnsTopicNameException");
    await refused(
      { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false },
      "InvalidParameterCombinationException",
    );
    const CloudWatchLogsLogGroupArn = "arn:aws:logs:eu-west-1:000000000000:log-group:g:*";
    await refused({ CloudWatchLogsLogGroupArn }, "InvalidCloudWatchLogsRoleArnException");
    await refused(
      { CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn: "arn:aws:iam::000000000000:role/none" },
      "InvalidCloudWatchLogsRoleArnException",
    );
    await refused({ IsOrganizationTrail: true }, "OrganizationsNotInUseException");
    await refused({ TagsList: [{ Key: "aws:x", Value: "y" }] }, "InvalidTagParameterException");
    await refused({ TagsList: [{ Key: "a" }, { Key: "a" }] }, "InvalidTagParameterException");
    assert.deepEqual((await client.send(new cloudtrail.DescribeTrailsCommand({}))).trailList, []);
  });
});
