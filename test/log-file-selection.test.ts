import assert from "node:assert/strict";
import { test } from "node:test";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  EnableKeyCommand,
  PutKeyPolicyCommand,
} from "@aws-sdk/client-kms";
import * as organizations from "@aws-sdk/client-organizations";
import { createTrail, trailArn, trailsAt } from "./account-trails.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { deliveredRecords, eventNames, logFiles } from "./delivered.ts";
import { iam, kms, root, rootOf, settingsOf, testServer, type TestServer } from "./kit.ts";
import { recordsOf } from "./trail.ts";

const byHand = { deliverEveryMs: 1e9 };

async function started(server: TestServer, more: Partial<cloudtrail.CreateTrailCommandInput> = {}, region?: string) {
  const client = trailsAt(server, region);
  const made = createTrail(more);
  await client.send(made);
  await client.send(new cloudtrail.StartLoggingCommand({ Name: made.input.Name! }));
  return client;
}

/** `bucket/account/Region: event, event`, one for each file. */
const contents = (folder: string): string[] =>
  logFiles(folder).map(({ key, content }) => {
    const [bucket, ...parts] = key.split("/");
    const at = parts.indexOf("CloudTrail");
    const names = (content.Records as { eventName: string }[]).map(({ eventName }) => eventName);
    return `${bucket}/${parts.slice(1, at).join("/")}/${parts[at + 1]}: ${names.join(", ")}`;
  });

test("a multi-Region trail has files for each Region; calls of global services are in us-east-1's", async () => {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
  await started(server, { S3BucketName: "all", IsMultiRegionTrail: true });
  await started(server, { Name: "east", S3BucketName: "east", IncludeGlobalServiceEvents: false }, "us-east-1");
  await started(server, { Name: "west", S3BucketName: "west" }, "us-west-2");
  for (const region of ["us-east-1", "us-west-2"]) await kms(server, root, region).send(new CreateKeyCommand({}));
  await iam(server).send(new ListUsersCommand({}));
  await server.deliveries.run();
  assert.deepEqual(contents(place.path), [
    "all/000000000000/eu-west-1: StartLogging",
    "all/000000000000/us-east-1: CreateTrail, StartLogging, CreateKey, ListUsers",
    "all/000000000000/us-west-2: CreateTrail, StartLogging, CreateKey",
    "east/000000000000/us-east-1: StartLogging, CreateKey",
    "west/000000000000/us-west-2: StartLogging, CreateKey",
  ]);
});

test("an organization's trail has the records of every member below the organization's id, as long as it is one", async () => {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
  const org = new organizations.OrganizationsClient(settingsOf(server, root, "us-east-1"));
  const { Organization } = await org.send(new organizations.CreateOrganizationCommand({}));
  const { CreateAccountStatus } = await org.send(
    new organizations.CreateAccountCommand({ AccountName: "orders", Email: "orders@example.com" }),
  );
  const member = CreateAccountStatus!.AccountId!;
  await started(server, { IsOrganizationTrail: true });
  await kms(server, rootOf(member)).send(new CreateKeyCommand({}));
  await kms(server, rootOf("111122223333")).send(new CreateKeyCommand({}));
  await server.deliveries.run();
  const id = Organization!.Id!;
  assert.deepEqual(
    contents(place.path),
    [`logs/${id}/000000000000/eu-west-1: StartLogging`, `logs/${id}/${member}/eu-west-1: CreateKey`].toSorted(),
  );
});

test("selectors of both kinds say what is delivered", async () => {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
  const put = async (name: string, selectors: Omit<cloudtrail.PutEventSelectorsCommandInput, "TrailName">) => {
    const client = trailsAt(server);
    await client.send(createTrail({ Name: name, S3BucketName: name }));
    await client.send(new cloudtrail.PutEventSelectorsCommand({ TrailName: name, ...selectors }));
    await client.send(new cloudtrail.StartLoggingCommand({ Name: name }));
  };
  const management = { Field: "eventCategory", Equals: ["Management"] };
  await put("writes", { EventSelectors: [{ ReadWriteType: "WriteOnly" }] });
  await put("reads", { EventSelectors: [{ ReadWriteType: "ReadOnly" }] });
  await put("no-kms", { EventSelectors: [{ ExcludeManagementEventSources: ["kms.amazonaws.com"] }] });
  const noKms = { Field: "eventSource", NotEquals: ["kms.amazonaws.com"] };
  await put("advanced", {
    AdvancedEventSelectors: [{ FieldSelectors: [management, noKms, { Field: "readOnly", Equals: ["false"] }] }],
  });
  const data = [
    { Field: "eventCategory", Equals: ["Data"] },
    { Field: "resources.type", Equals: ["AWS::S3::Object"] },
  ];
  await put("data", { AdvancedEventSelectors: [{ FieldSelectors: data }] });
  await server.deliveries.run();
  const keys = kms(server);
  const { KeyMetadata } = await keys.send(new CreateKeyCommand({}));
  await keys.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from("x") }));
  await trailsAt(server).send(new cloudtrail.ListTrailsCommand({}));
  await trailsAt(server).send(new cloudtrail.StopLoggingCommand({ Name: "data" }));
  await server.deliveries.run();
  const names = (bucket: string) => eventNames(place.file(bucket)).filter((name) => name !== "CreateTrail");
  const rest = (bucket: string) => names(bucket).filter((name) => !/^(StartLogging|PutEventSelectors)$/.test(name));
  assert.deepEqual(rest("writes"), ["CreateKey", "StopLogging"]);
  assert.deepEqual(rest("reads"), ["Encrypt", "ListTrails"]);
  assert.deepEqual(rest("no-kms"), ["ListTrails", "StopLogging"]);
  assert.deepEqual(rest("advanced"), ["StopLogging"]);
  assert.throws(() => logFiles(place.file("data")), /ENOENT/);
});

test("a trail's key is asked for each file; while it is disabled nothing is delivered, and then nothing is missing", async () => {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
  const keys = kms(server);
  const { KeyMetadata } = await keys.send(new CreateKeyCommand({}));
  const [KeyId, Arn] = [KeyMetadata!.KeyId!, KeyMetadata!.Arn!];
  const allow = (Principal: object) => ({ Effect: "Allow", Principal, Action: "kms:*", Resource: "*" });
  const Statement = [allow({ AWS: "000000000000" }), allow({ Service: "cloudtrail.amazonaws.com" })];
  await keys.send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  const client = await started(server, { KmsKeyId: KeyId });
  const status = () => client.send(new cloudtrail.GetTrailStatusCommand({ Name: "main" }));
  await server.deliveries.run();
  const [file] = logFiles(place.path);
  const last = (await recordsOf(server, "GenerateDataKey")).at(-1)!;
  assert.deepEqual(last.requestParameters.encryptionContext, {
    "aws:cloudtrail:arn": trailArn("main"),
    "aws:s3:arn": `arn:aws:s3:::${file!.key}`,
  });
  // The data key's own record is no reason to deliver again.
  await server.deliveries.run();
  await server.deliveries.run();
  assert.equal(logFiles(place.path).length, 1);
  await keys.send(new DisableKeyCommand({ KeyId }));
  await server.deliveries.run();
  assert.equal(logFiles(place.path).length, 1);
  assert.equal((await status()).LatestDeliveryError, "KMS.DisabledException");
  await keys.send(new EnableKeyCommand({ KeyId: Arn }));
  await server.deliveries.run();
  await server.deliveries.run();
  assert.equal((await status()).LatestDeliveryError, undefined);
  const ids = deliveredRecords(place.path).map(({ eventID }) => eventID as string);
  assert.equal(new Set(ids).size, ids.length);
  for (const name of ["DisableKey", "EnableKey"]) assert.ok(eventNames(place.path).includes(name), name);
});
