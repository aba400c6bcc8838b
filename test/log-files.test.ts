import assert from "node:assert/strict";
import { test } from "node:test";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { createTrail, trailsAt } from "./account-trails.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { deliveredRecords, eventNames, logFiles } from "./delivered.ts";
import { iam, kms, rootOf, testServer } from "./kit.ts";

/** Nothing is delivered but when a test says so. */
const byHand = { deliverEveryMs: 1e9 };

test("from StartLogging to StopLogging, every record of the trail's account and Region is delivered once", async () => {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
  const [client, keys] = [trailsAt(server), kms(server)];
  await client.send(createTrail({ S3KeyPrefix: "audit" }));
  await server.deliveries.run();
  const { KeyMetadata } = await keys.send(new CreateKeyCommand({}));
  const encrypt = () => keys.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from("x") }));
  await encrypt();
  await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
  await encrypt();
  await kms(server, rootOf("111122223333")).send(new CreateKeyCommand({}));
  await kms(server, undefined, "us-west-2").send(new CreateKeyCommand({}));
  await iam(server).send(new ListUsersCommand({}));
  assert.deepEqual(logFiles(place.path), []);
  await server.deliveries.run();
  assert.deepEqual(eventNames(place.path), ["StartLogging", "Encrypt"]);
  const [file] = logFiles(place.path);
  const time = new Date(server.house.clocks.domain()).toISOString();
  const day = time.slice(0, 10);
  assert.match(
    file!.key,
    /^logs\/audit\/AWSLogs\/000000000000\/CloudTrail\/eu-west-1\/\d{4}\/\d\d\/\d\d\/000000000000_CloudTrail_eu-west-1_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/,
  );
  assert.ok(file!.key.includes(`/${day.replaceAll("-", "/")}/`));
  const status = await client.send(new cloudtrail.GetTrailStatusCommand({ Name: "main" }));
  assert.ok(status.LatestDeliveryTime instanceof Date);
  assert.equal(status.LatestDeliveryError, undefined);
  assert.match(status.LatestDeliveryAttemptSucceeded!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  await encrypt();
  await client.send(new cloudtrail.StopLoggingCommand({ Name: "main" }));
  await encrypt();
  await server.deliveries.run();
  await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
  await client.send(new cloudtrail.StopLoggingCommand({ Name: "main" }));
  await encrypt();
  await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
  await encrypt();
  await client.send(new cloudtrail.DeleteTrailCommand({ Name: "main" }));
  await encrypt();
  await server.deliveries.run();
  await server.deliveries.run();
  const names = ["StartLogging", "Encrypt", "GetTrailStatus", "Encrypt", "StopLogging", "StartLogging", "StopLogging"];
  const delivered = deliveredRecords(place.path);
  const counted = (list: readonly string[]) =>
    new Map(list.map((name) => [name, list.filter((n) => n === name).length]));
  assert.deepEqual(
    counted(delivered.map(({ eventName }) => eventName)),
    counted([...names, "StartLogging", "Encrypt", "DeleteTrail"]),
  );
  assert.equal(new Set(delivered.map(({ eventID }) => eventID)).size, names.length + 3);
});
