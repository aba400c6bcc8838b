import assert from "node:assert/strict";
import { test } from "node:test";
import { CloudTrailClient, LookupEventsCommand, type LookupAttributeKey } from "@aws-sdk/client-cloudtrail";
import { CreateKeyCommand, DescribeKeyCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { kms, rootOf, settingsOf, testServer } from "./kit.ts";

test("what was done is looked up by each attribute, newest first, page by page, by its own account alone", async () => {
  await using server = await testServer();
  const keys = kms(server);
  const { KeyMetadata } = await keys.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  for (let index = 0; index < 5; index++)
    await keys.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(`secret-${index}`) }));
  await assert.rejects(keys.send(new DescribeKeyCommand({ KeyId: "alias/none" })));
  const trail = new CloudTrailClient(settingsOf(server));
  const lookUp = async (key: LookupAttributeKey, value: string) => {
    const names: string[] = [];
    for (let NextToken: string | undefined; ; ) {
      const LookupAttributes = [{ AttributeKey: key, AttributeValue: value }];
      const page = await trail.send(
        new LookupEventsCommand({ LookupAttributes, MaxResults: 2, ...(NextToken && { NextToken }) }),
      );
      for (const event of page.Events!) {
        assert.equal((JSON.parse(event.CloudTrailEvent!) as { eventID: string }).eventID, event.EventId);
        assert.doesNotMatch(event.CloudTrailEvent!, /secret-/);
        names.push(event.EventName!);
      }
      NextToken = page.NextToken;
      if (NextToken === undefined) return names;
    }
  };
  assert.deepEqual(await lookUp("EventName", "Encrypt"), Array(5).fill("Encrypt"));
  assert.deepEqual(await lookUp("ResourceName", KeyMetadata!.Arn!), [...Array(5).fill("Encrypt"), "CreateKey"]);
  assert.deepEqual(await lookUp("Username", "root").then((names) => names.includes("DescribeKey")), true);
  assert.deepEqual(await lookUp("EventSource", "iam.amazonaws.com"), []);
  assert.deepEqual(await lookUp("AccessKeyId", "test").then((names) => names.at(-1)), "CreateKey");
  const { Events } = await trail.send(new LookupEventsCommand({ MaxResults: 1 }));
  assert.deepEqual(await lookUp("EventId", Events![0]!.EventId!), ["LookupEvents"]);
  const stranger = new CloudTrailClient(settingsOf(server, rootOf("111122223333")));
  assert.deepEqual((await stranger.send(new LookupEventsCommand({}))).Events, []);
  const foreign = (await trail.send(new LookupEventsCommand({ MaxResults: 1 }))).NextToken!;
  await assert.rejects(stranger.send(new LookupEventsCommand({ NextToken: foreign })), {
    name: "InvalidNextTokenException",
  });
});
