import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { GetEventDataStoreCommand, ListEventDataStoresCommand, ListTagsCommand } from "@aws-sdk/client-cloudtrail";
import { ListKeysCommand } from "@aws-sdk/client-kms";
import { kms, testServer } from "./kit.ts";
import { cloudTrail, queried, values } from "./lake-kit.ts";
import { aws, awsCliMissing } from "./outside-programs.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";

test("the AWS CLI makes a store and queries it", { skip: awsCliMissing }, async () => {
  await using server = await testServer();
  const trail = <T>(...words: string[]) => aws<T>(server, ["cloudtrail", ...words]);
  const { EventDataStoreArn: arn } = await trail<{ EventDataStoreArn: string }>(
    "create-event-data-store",
    "--name",
    "events",
    "--no-termination-protection-enabled",
    "--retention-period",
    "30",
  );
  const id = arn.split("/")[1]!;
  const { Status } = await trail<{ Status: string }>("get-event-data-store", "--event-data-store", id);
  assert.equal(Status, "ENABLED");
  await kms(server).send(new ListKeysCommand({}));
  const statement = `SELECT eventName, userIdentity.arn FROM ${id} WHERE eventSource = 'kms.amazonaws.com'`;
  const { QueryId } = await trail<{ QueryId: string }>("start-query", "--query-statement", statement);
  interface Results {
    QueryStatus: string;
    QueryResultRows: object[][];
  }
  const read = () => trail<Results>("get-query-results", "--query-id", QueryId);
  let results = await read();
  for (; results.QueryStatus !== "FINISHED"; results = await read()) await pause(100);
  assert.deepEqual(results.QueryResultRows, [[{ eventName: "ListKeys" }, { arn: "arn:aws:iam::000000000000:root" }]]);
  const { Queries } = await trail<{ Queries: object[] }>("list-queries", "--event-data-store", id);
  assert.equal(Queries.length, 1);
  await trail("delete-event-data-store", "--event-data-store", id);
});

const configuration = (name: string, retention: number, more = "") => `
resource "aws_cloudtrail_event_data_store" "events" {
  name                           = "${name}"
  retention_period               = ${retention}
  termination_protection_enabled = false
  multi_region_enabled           = false
  tags                           = { team = "audit" }
  ${more}
}
output "arn" { value = aws_cloudtrail_event_data_store.events.arn }
`;

const selector = `advanced_event_selector {
    name = "KMS alone"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
    field_selector {
      field  = "eventSource"
      equals = ["kms.amazonaws.com"]
    }
  }`;

test("Terraform makes, changes and deletes a store", { skip: terraformMissing }, async () => {
  await using server = await testServer();
  using terraform = await initTerraform(server, configuration("first", 90));
  await terraform.apply();
  await terraform.planIsEmpty();
  const arn = await terraform.output("arn");
  const client = cloudTrail(server);
  const { ResourceTagList } = await client.send(new ListTagsCommand({ ResourceIdList: [arn] }));
  assert.deepEqual(ResourceTagList![0]!.TagsList, [{ Key: "team", Value: "audit" }]);
  await terraform.change(configuration("second", 365, selector));
  await terraform.planIsEmpty();
  const changed = await terraform.output("arn");
  const store = await client.send(new GetEventDataStoreCommand({ EventDataStore: changed }));
  assert.deepEqual([store.Name, store.RetentionPeriod, store.MultiRegionEnabled], ["second", 365, false]);
  await kms(server).send(new ListKeysCommand({}));
  const sources = `SELECT DISTINCT eventSource FROM ${changed.split("/")[1]} WHERE eventName <> 'CreateEventDataStore'`;
  assert.ok(
    values(await queried(client, sources))
      .flat()
      .includes("kms.amazonaws.com"),
  );
  await terraform.destroy();
  const { EventDataStores } = await client.send(new ListEventDataStoresCommand({}));
  assert.ok(EventDataStores!.every(({ Status }) => Status === "PENDING_DELETION"));
});
