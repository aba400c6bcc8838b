import assert from "node:assert/strict";
import { test } from "node:test";
import { GetCostAndUsageCommand, GetTagsCommand } from "@aws-sdk/client-cost-explorer";
import { explorer, grouped, january, month } from "./cost-explorer-kit.ts";
import { moveTo, written } from "./cost-kit.ts";
import { testServer } from "./kit.ts";
import { addUser } from "./principals.ts";

test("what cannot be shown is refused in AWS's words", async () => {
  await using server = await testServer();
  await moveTo(server, "2031-01-31T10:30:00Z");
  const refused = async (input: object, name: string, message: RegExp) =>
    await assert.rejects(explorer(server).send(new GetCostAndUsageCommand({ ...month, ...input })), {
      name,
      message,
    });
  const between = (Start: string, End: string) => ({ TimePeriod: { Start, End } });
  const dimension = (Values: string[]) => ({ Dimensions: { Key: "REGION", Values } });
  const invalid = "ValidationException";
  await refused(between("2031-01-02", "2031-01-02"), invalid, /^Start date \(and hour\) should be before end date/);
  await refused(between("2031-01-02", "2031-02-02"), invalid, /^end date past the beginning of next month$/);
  await refused(between("2031-02-30", "2031-02-01"), invalid, /^Start time 2031-02-30 is invalid. Valid format is/);
  await refused({ ...between("2031-01-02", "2031-01-03"), Granularity: "HOURLY" }, invalid, /Valid format is/);
  await refused(between("2020-01-01", "2031-01-02"), "BillExpirationException", /^The requested report expired/);
  await refused({ Metrics: ["Joy"] }, invalid, /^Invalid metric name: Joy/);
  await refused({ GroupBy: [{ Type: "DIMENSION", Key: "RESOURCE_ID" }] }, invalid, /dimension is invalid/);
  await refused({ Filter: { ...dimension(["x"]), Not: dimension(["x"]) } }, invalid, /exactly one root/);
  await refused({ Filter: { And: [dimension(["x"])] } }, invalid, /at least two/);
  await refused({ Filter: dimension([]) }, invalid, /must not be empty/);
  await refused({ NextPageToken: "x", GroupBy: [{ Type: "TAG", Key: "a" }] }, "InvalidNextTokenException", /token/);
  const ann = await addUser(server, "ann");
  await assert.rejects(grouped(server, {}, ann.credentials), {
    name: "AccessDeniedException",
    message: /not authorized to perform: ce:GetCostAndUsage on resource: arn:aws:ce:us-east-1:000000000000:\/GetCost/,
  });
  const bob = await addUser(server, "bob", ["ce:GetCostAndUsage"]);
  assert.equal((await grouped(server, {}, bob.credentials)).length, 1);
});

test("many groups come page by page", async () => {
  await using server = await testServer();
  await moveTo(server, "2031-01-31T10:30:00Z");
  const wanted = Array.from({ length: 1200 }, (_, key) => `Team${String(key).padStart(4, "0")}`);
  await written(server, wanted.length, (key) => ({
    eventName: "CreateKey",
    eventTime: "2031-01-30T10:00:00Z",
    readOnly: false,
    requestParameters: { tags: [{ tagKey: "team", tagValue: wanted[key] }] },
    responseElements: { keyMetadata: { keySpec: "SYMMETRIC_DEFAULT" } },
    resources: [{ ARN: `arn:aws:kms:eu-west-1:000000000000:key/k${key}` }],
  }));
  const found: string[] = [];
  let NextPageToken: string | undefined;
  const days = { Granularity: "DAILY", TimePeriod: { Start: "2031-01-30", End: "2031-02-01" } } as const;
  do {
    const page = await explorer(server).send(
      new GetCostAndUsageCommand({ ...month, ...days, GroupBy: [{ Type: "TAG", Key: "team" }], NextPageToken }),
    );
    for (const { TimePeriod, Groups } of page.ResultsByTime!)
      found.push(...Groups!.map(({ Keys }) => `${TimePeriod!.Start} ${Keys![0]}`));
    NextPageToken = page.NextPageToken;
  } while (NextPageToken !== undefined);
  const all = ["2031-01-30", "2031-01-31"].flatMap((day) => wanted.map((name) => `${day} team$${name}`));
  assert.deepEqual(found, all);
  const { Tags, TotalSize } = await explorer(server).send(
    new GetTagsCommand({ TimePeriod: january, TagKey: "team", SearchString: "team119", MaxResults: 3 }),
  );
  assert.deepEqual([Tags, TotalSize], [["Team1190", "Team1191", "Team1192"], 10]);
});
