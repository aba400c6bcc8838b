import assert from "node:assert/strict";
import { test } from "node:test";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { settingsOf, testServer, type TestServer } from "./kit.ts";
import { recordsOf } from "./trail.ts";

type Put = Omit<cloudtrail.PutEventSelectorsCommandInput, "TrailName">;
type Field = cloudtrail.AdvancedFieldSelector;

async function withTrail(server: TestServer) {
  const client = new cloudtrail.CloudTrailClient(settingsOf(server));
  await client.send(new cloudtrail.CreateTrailCommand({ Name: "main", S3BucketName: "logs" }));
  const put = (input: Put) => client.send(new cloudtrail.PutEventSelectorsCommand({ TrailName: "main", ...input }));
  const got = async () => {
    const { $metadata: _got, ...told } = await client.send(
      new cloudtrail.GetEventSelectorsCommand({ TrailName: "main" }),
    );
    return told;
  };
  return { client, put, got };
}

const TrailARN = "arn:aws:cloudtrail:eu-west-1:000000000000:trail/main";
const management: Field = { Field: "eventCategory", Equals: ["Management"] };
const data: Field = { Field: "eventCategory", Equals: ["Data"] };
const objects: Field = { Field: "resources.type", Equals: ["AWS::S3::Object"] };

test("event selectors of both kinds are kept, with AWS's defaults, and one kind takes the place of the other", async () => {
  await using server = await testServer();
  const { client, put, got } = await withTrail(server);
  const all = {
    ReadWriteType: "All",
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  };
  assert.deepEqual(await got(), { TrailARN, EventSelectors: [all] });
  const custom = async () =>
    (await client.send(new cloudtrail.GetTrailCommand({ Name: "main" }))).Trail!.HasCustomEventSelectors;
  await put({ EventSelectors: [{}] });
  assert.deepEqual([await got(), await custom()], [{ TrailARN, EventSelectors: [all] }, false]);
  const DataResources = [{ Type: "AWS::S3::Object", Values: ["arn:aws:s3:::logs/"] }];
  await put({ EventSelectors: [{ ReadWriteType: "WriteOnly", DataResources }] });
  assert.deepEqual(await got(), { TrailARN, EventSelectors: [{ ...all, ReadWriteType: "WriteOnly", DataResources }] });
  assert.equal(await custom(), true);
  const AdvancedEventSelectors = [
    { Name: "writes", FieldSelectors: [management, { Field: "readOnly", Equals: ["false"] }] },
    { FieldSelectors: [data, objects, { Field: "resources.ARN", NotStartsWith: ["arn:aws:s3:::logs"] }] },
  ];
  await put({ AdvancedEventSelectors });
  assert.deepEqual(await got(), { TrailARN, AdvancedEventSelectors });
  const record = (await recordsOf(server, "PutEventSelectors")).at(-1)!;
  assert.deepEqual(record.requestParameters.advancedEventSelectors[0], {
    name: "writes",
    fieldSelectors: [
      { field: "eventCategory", equals: ["Management"] },
      { field: "readOnly", equals: ["false"] },
    ],
  });
  assert.equal(record.responseElements.trailARN, TrailARN);
});

test("selectors that AWS does not take are refused", async () => {
  await using server = await testServer();
  const { put, got } = await withTrail(server);
  const before = await got();
  const resources = (Type: string, ...Values: string[]) => ({
    EventSelectors: [{ DataResources: [{ Type, Values }] }],
  });
  const advanced = (...FieldSelectors: Field[]) => ({ AdvancedEventSelectors: [{ FieldSelectors }] });
  const many = (count: number) => Array.from({ length: count }, (_, index) => `arn:aws:s3:::b${index}/`);
  const refused: Put[] = [
    {},
    { EventSelectors: [{}], AdvancedEventSelectors: [{ FieldSelectors: [management] }] },
    { EventSelectors: [] },
    { EventSelectors: Array.from({ length: 6 }, () => ({})) },
    { EventSelectors: [{ IncludeManagementEvents: false }] },
    { EventSelectors: [{ ExcludeManagementEventSources: ["iam.amazonaws.com"] }] },
    {
      EventSelectors: [
        {
          IncludeManagementEvents: false,
          ExcludeManagementEventSources: ["kms.amazonaws.com"],
          DataResources: [{ Type: "AWS::S3::Object", Values: ["arn:aws:s3"] }],
        },
      ],
    },
    resources("AWS::EC2::Snapshot", "arn:aws:ec2"),
    resources("__proto__", "arn:aws:s3"),
    resources("AWS::S3::Object"),
    resources("AWS::S3::Object", "arn:aws:lambda"),
    resources("AWS::S3::Object", ...many(251)),
    { AdvancedEventSelectors: [] },
    advanced({ Field: "readOnly", Equals: ["true"] }),
    advanced({ Field: "eventCategory", Equals: ["Everything"] }),
    advanced({ Field: "eventCategory", StartsWith: ["Manage"] }),
    advanced({ Field: "eventCategory", Equals: ["Management", "Data"] }),
    advanced(management, { Field: "readOnly" }),
    advanced(management, { Field: "readOnly", Equals: ["maybe"] }),
    advanced(management, { Field: "readOnly", NotEquals: ["true"] }),
    advanced(management, management),
    advanced(management, { Field: "eventName", Equals: ["Encrypt"] }),
    advanced(management, { Field: "eventSource", Equals: ["kms.amazonaws.com"] }),
    advanced(management, { Field: "eventSource", NotEquals: ["iam.amazonaws.com"] }),
    advanced(management, objects),
    advanced(data),
    advanced(data, { Field: "resources.type", StartsWith: ["AWS::S3"] }),
    advanced(data, objects, { Field: "nothing", Equals: ["x"] }),
    advanced(data, objects, { Field: "resources.ARN", StartsWith: many(501) }),
    advanced({ Field: "eventCategory", Equals: ["NetworkActivity"] }),
  ];
  for (const input of refused)
    await assert.rejects(put(input), { name: "InvalidEventSelectorsException" }, JSON.stringify(input).slice(0, 200));
  assert.deepEqual(await got(), before);
});

test("insight selectors are kept, and told until they are switched off", async () => {
  await using server = await testServer();
  const { client } = await withTrail(server);
  const get = () => client.send(new cloudtrail.GetInsightSelectorsCommand({ TrailName: "main" }));
  await assert.rejects(get(), { name: "InsightNotEnabledException" });
  const InsightSelectors: cloudtrail.InsightSelector[] = [
    { InsightType: "ApiCallRateInsight" },
    { InsightType: "ApiErrorRateInsight" },
  ];
  const put = (selectors: cloudtrail.InsightSelector[]) =>
    client.send(new cloudtrail.PutInsightSelectorsCommand({ TrailName: "main", InsightSelectors: selectors }));
  assert.deepEqual((await put(InsightSelectors)).InsightSelectors, InsightSelectors);
  assert.deepEqual((await get()).InsightSelectors, InsightSelectors);
  await assert.rejects(put([InsightSelectors[0]!, InsightSelectors[0]!]), { name: "InvalidInsightSelectorsException" });
  await put([]);
  await assert.rejects(get(), { name: "InsightNotEnabledException" });
});
