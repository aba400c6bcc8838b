import assert from "node:assert/strict";
import { test } from "node:test";
import { trailArn } from "./account-trails.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { eventNames } from "./delivered.ts";
import { testServer } from "./kit.ts";
import { aws, awsCliMissing } from "./outside-programs.ts";

test("the AWS CLI makes a trail, says what it records, and starts, watches and ends it", {
  skip: awsCliMissing,
}, async () => {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, { deliverEveryMs: 1e9 });
  const cli = <T = Record<string, any>>(...words: string[]) => aws<T>(server, ["cloudtrail", ...words]);
  const made = await cli("create-trail", "--name", "main", "--s3-bucket-name", "logs", "--enable-log-file-validation");
  assert.equal(made.TrailARN, trailArn("main"));
  const selectors = '[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]';
  await cli("put-event-selectors", "--trail-name", "main", "--event-selectors", selectors);
  const got = await cli("get-event-selectors", "--trail-name", "main");
  assert.equal(got.EventSelectors[0].ReadWriteType, "WriteOnly");
  await cli("start-logging", "--name", "main");
  await cli("add-tags", "--resource-id", trailArn("main"), "--tags-list", "Key=team,Value=red");
  await server.deliveries.run();
  const status = await cli("get-trail-status", "--name", "main");
  assert.equal(status.IsLogging, true);
  const delivered = new Date(Number(status.LatestDeliveryTime) * 1000).toISOString();
  assert.equal(`${delivered.slice(0, 19)}Z`, status.LatestDeliveryAttemptSucceeded);
  const { trailList } = await cli("describe-trails");
  assert.deepEqual(
    (trailList as Record<string, unknown>[]).map(({ Name, HomeRegion, LogFileValidationEnabled }) => [
      Name,
      HomeRegion,
      LogFileValidationEnabled,
    ]),
    [["main", "eu-west-1", true]],
  );
  const tags = await cli("list-tags", "--resource-id-list", trailArn("main"));
  assert.deepEqual(tags.ResourceTagList[0].TagsList, [{ Key: "team", Value: "red" }]);
  await cli("stop-logging", "--name", "main");
  await cli("delete-trail", "--name", "main");
  await assert.rejects(cli("get-trail", "--name", "main"), /TrailNotFoundException.*Unknown trail: main/);
  await server.deliveries.run();
  assert.deepEqual(eventNames(place.path), ["StartLogging", "AddTags", "StopLogging"]);
});
