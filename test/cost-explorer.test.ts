import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import {
  GetCostAndUsageCommand,
  GetCostAndUsageWithResourcesCommand,
  type GetCostAndUsageCommandInput,
  GetDimensionValuesCommand,
} from "@aws-sdk/client-cost-explorer";
import { CreateKeyCommand, SignCommand } from "@aws-sdk/client-kms";
import { CreateAccountCommand, CreateOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { explorer, grouped, january, month, read } from "./cost-explorer-kit.ts";
import { moveTo, written } from "./cost-kit.ts";
import { kms, root, rootOf, settingsOf, type TestServer, testServer } from "./kit.ts";
import { awsCliMissing, awsEnvironment } from "./outside-programs.ts";

/** One key of 31 days less one hour, 25,000 decryptions of it on two days, and one signature. */
async function used(server: TestServer): Promise<string> {
  await moveTo(server, "2031-01-01T01:30:00Z");
  const Tags = [{ TagKey: "team", TagValue: "orders" }];
  const { KeyMetadata: key } = await kms(server).send(new CreateKeyCommand({ Tags }));
  const signing = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const;
  const { KeyMetadata: curve } = await kms(server, root, "us-west-2").send(new CreateKeyCommand(signing));
  const call = { KeyId: curve!.KeyId, Message: Buffer.from("hello"), SigningAlgorithm: "ECDSA_SHA_256" } as const;
  await kms(server, root, "us-west-2").send(new SignCommand(call));
  const resources = [{ accountId: "000000000000", type: "AWS::KMS::Key", ARN: key!.Arn! }];
  await written(server, 19_990, { eventName: "Decrypt", eventTime: "2031-01-10T10:00:00Z", resources });
  await written(server, 5_010, { eventName: "Decrypt", eventTime: "2031-01-11T10:00:00Z", resources });
  await moveTo(server, "2031-01-31T23:30:00Z");
  return key!.Arn!;
}

describe("GetCostAndUsage", () => {
  test("groups, filters, metrics and periods, to the millionth of a cent", async () => {
    await using server = await testServer();
    await used(server);
    const by = (...keys: string[]) => ({ GroupBy: keys.map((Key) => ({ Type: "DIMENSION" as const, Key })) });
    const keyCost = "0.998655914";
    // 2 CreateKey and 24,998 of 25,000 Decrypt less the free ones; what is left is all on the eleventh.
    assert.deepEqual(await grouped(server, by("USAGE_TYPE")), [
      {
        "eu-west-1-KMS-Keys": [keyCost, `${keyCost} Keys`],
        "eu-west-1-KMS-Requests": ["0.015006", "25001 Requests"],
        "us-west-2-KMS-Keys": [keyCost, `${keyCost} Keys`],
        "us-west-2-KMS-Requests": ["0", "1 Requests"],
        "us-west-2-KMS-Requests-Asymmetric": ["0.000015", "1 Requests"],
      },
    ]);
    assert.deepEqual(
      await grouped(server, {
        ...by("OPERATION", "REGION"),
        Filter: { Dimensions: { Key: "REGION", Values: ["us-"], MatchOptions: ["STARTS_WITH"] } },
      }),
      [
        {
          "CreateKey|us-west-2": ["0", "1 Requests"],
          "Sign|us-west-2": ["0.000015", "1 Requests"],
          "Unknown|us-west-2": [keyCost, `${keyCost} Keys`],
        },
      ],
    );
    const Filter = {
      And: [
        {
          Not: {
            Dimensions: { Key: "USAGE_TYPE", Values: ["-KMS-KEYS"], MatchOptions: ["ENDS_WITH", "CASE_INSENSITIVE"] },
          },
        },
        {
          Or: [
            { Tags: { Key: "team", Values: ["orders"] } },
            { Dimensions: { Key: "SERVICE", Values: ["Amazon S3"] } },
          ],
        },
      ],
    } as GetCostAndUsageCommandInput["Filter"];
    const tagged: Partial<GetCostAndUsageCommandInput> = { GroupBy: [{ Type: "TAG", Key: "team" }], Filter };
    assert.deepEqual(await grouped(server, tagged), [{ team$orders: ["0.015006", "25001 Requests"] }]);
    const days = await explorer(server).send(
      new GetCostAndUsageCommand({ ...month, Granularity: "DAILY", Metrics: ["AmortizedCost"], Filter }),
    );
    const costly = days.ResultsByTime!.filter(({ Total }) => Total!.AmortizedCost!.Amount !== "0");
    assert.equal(days.ResultsByTime!.length, 31);
    assert.deepEqual(
      costly.map(({ TimePeriod, Total }) => [TimePeriod, Total]),
      [[{ Start: "2031-01-11", End: "2031-01-12" }, { AmortizedCost: { Amount: "0.015006", Unit: "USD" } }]],
    );
    const span = { Start: "2031-01-31T21:00:00Z", End: "2031-02-01T00:00:00Z" };
    const hours = await explorer(server).send(
      new GetCostAndUsageCommand({ TimePeriod: span, Granularity: "HOURLY", Metrics: ["BlendedCost"] }),
    );
    assert.deepEqual(
      hours.ResultsByTime!.map(({ Total }) => Total!.BlendedCost!.Amount),
      Array(3).fill("0.002688172"),
    );
    assert.equal(hours.ResultsByTime![0]!.Estimated, true);
  });

  test("by key, for the last two weeks", async () => {
    await using server = await testServer();
    const arn = await used(server);
    const days = { Start: "2031-01-20", End: "2031-02-01" };
    const ask = (TimePeriod: typeof days) =>
      explorer(server).send(
        new GetCostAndUsageWithResourcesCommand({
          ...month,
          TimePeriod,
          Filter: { Dimensions: { Key: "REGION", Values: ["eu-west-1"] } },
          GroupBy: [{ Type: "DIMENSION", Key: "RESOURCE_ID" }],
        }),
      );
    const { ResultsByTime } = await ask(days);
    assert.deepEqual(ResultsByTime!.map(read), [{ [arn]: ["0.3870967742", "0.3870967742 Keys"] }]);
    await assert.rejects(ask({ ...days, Start: "2031-01-01" }), {
      name: "ValidationException",
      message: /past 14 days/,
    });
  });

  test("every account sees its own costs, a management account those of its organization", async () => {
    await using server = await testServer();
    await moveTo(server, "2031-01-31T10:30:00Z");
    const organizations = new OrganizationsClient(settingsOf(server, root, "us-east-1"));
    await organizations.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
    const made = await organizations.send(new CreateAccountCommand({ AccountName: "orders", Email: "o@example.com" }));
    const member = made.CreateAccountStatus!.AccountId!;
    const stranger = "111122223333";
    for (const account of ["000000000000", member, stranger])
      await kms(server, account === "000000000000" ? root : rootOf(account)).send(new CreateKeyCommand({}));
    const GroupBy = [{ Type: "DIMENSION" as const, Key: "LINKED_ACCOUNT" }];
    const names = async (credentials = root) => Object.keys((await grouped(server, { GroupBy }, credentials))[0]!);
    assert.deepEqual(await names(), ["000000000000", member].toSorted());
    assert.deepEqual(await names(rootOf(member)), [member]);
    assert.deepEqual(await names(rootOf(stranger)), [stranger]);
    const ask = { TimePeriod: january, Dimension: "LINKED_ACCOUNT", SearchString: member } as const;
    const { DimensionValues } = await explorer(server).send(new GetDimensionValuesCommand(ask));
    assert.deepEqual(DimensionValues, [{ Value: member, Attributes: { description: "orders" } }]);
  });
});

test("the AWS CLI asks for it", { skip: awsCliMissing }, async () => {
  await using server = await testServer();
  await used(server);
  const asked =
    "--time-period Start=2031-01-01,End=2031-02-01 --granularity MONTHLY --metrics UnblendedCost UsageQuantity";
  const args = ["--endpoint-url", server.url, "ce", "get-cost-and-usage", ...asked.split(" ")];
  const groups = ["--group-by", "Type=DIMENSION,Key=SERVICE", "--output", "json"];
  const { stdout } = await promisify(execFile)("aws", [...args, ...groups], { env: awsEnvironment(server) });
  const { ResultsByTime, GroupDefinitions } = JSON.parse(stdout) as { ResultsByTime: any[]; GroupDefinitions: object };
  assert.deepEqual(GroupDefinitions, [{ Type: "DIMENSION", Key: "SERVICE" }]);
  assert.deepEqual(ResultsByTime[0].Groups[0].Keys, ["AWS Key Management Service"]);
  assert.equal(
    Number(ResultsByTime[0].Groups[0].Metrics.UnblendedCost.Amount).toFixed(8),
    (0.015021 + 1486 / 744).toFixed(8),
  );
});
