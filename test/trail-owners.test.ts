import assert from "node:assert/strict";
import { test } from "node:test";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { CreateKeyCommand, DisableKeyCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import * as organizations from "@aws-sdk/client-organizations";
import { createTrail, refusal, trailArn, trailsAt } from "./account-trails.ts";
import { kms, root, rootOf, settingsOf, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { recordsOf } from "./trail.ts";

test("a trail is one of five in a Region, its own and the shadows of others; only its home Region changes it", async () => {
  await using server = await testServer();
  const [here, there] = [trailsAt(server), trailsAt(server, "us-west-2")];
  await here.send(createTrail({ Name: "everywhere", IsMultiRegionTrail: true }));
  await here.send(createTrail({ Name: "here" }));
  await assert.rejects(
    here.send(createTrail({ Name: "here" })),
    refusal("TrailAlreadyExistsException", /^Trail here already exists for customer: 000000000000$/),
  );
  for (const index of [1, 2, 3, 4]) await there.send(createTrail({ Name: `there-${index}` }));
  await assert.rejects(
    there.send(createTrail({ Name: "sixth" })),
    refusal("MaximumNumberOfTrailsExceededException", /^User: 000000000000 already has 5 trails in us-west-2\.$/),
  );
  const names = async (includeShadowTrails?: boolean) =>
    (
      await there.send(
        new cloudtrail.DescribeTrailsCommand({ ...(includeShadowTrails !== undefined && { includeShadowTrails }) }),
      )
    ).trailList!.map(({ Name, HomeRegion }) => `${Name}@${HomeRegion}`);
  const own = [1, 2, 3, 4].map((index) => `there-${index}@us-west-2`);
  assert.deepEqual(await names(), ["everywhere@eu-west-1", ...own]);
  assert.deepEqual(await names(false), own);
  const { Trails } = await there.send(new cloudtrail.ListTrailsCommand({}));
  assert.equal(Trails!.length, 6);
  assert.ok(await there.send(new cloudtrail.GetTrailStatusCommand({ Name: trailArn("everywhere") })));
  await assert.rejects(
    there.send(new cloudtrail.GetTrailStatusCommand({ Name: "everywhere" })),
    refusal("TrailNotFoundException"),
  );
  await assert.rejects(
    there.send(new cloudtrail.GetTrailCommand({ Name: trailArn("here") })),
    refusal("TrailNotFoundException"),
  );
  for (const Name of [trailArn("everywhere"), trailArn("here")])
    await assert.rejects(
      there.send(new cloudtrail.StopLoggingCommand({ Name })),
      refusal("InvalidHomeRegionException", /eu-west-1/),
    );
  const stranger = trailsAt(server, "eu-west-1", rootOf("111122223333"));
  assert.deepEqual((await stranger.send(new cloudtrail.DescribeTrailsCommand({}))).trailList, []);
  for (const Name of [trailArn("everywhere"), trailArn("none", "eu-west-1", "111122223333")])
    await assert.rejects(
      stranger.send(new cloudtrail.DeleteTrailCommand({ Name })),
      refusal("TrailNotFoundException", /for the user: 111122223333$/),
    );
  await assert.rejects(
    here.send(new cloudtrail.GetTrailCommand({ Name: "arn:aws:s3:::logs" })),
    refusal("CloudTrailARNInvalidException"),
  );
});

test("a trail needs permission on its ARN; tags need one of their own", async () => {
  await using server = await testServer();
  const { credentials } = await addUser(server, "ann", ["cloudtrail:CreateTrail"]);
  const ann = trailsAt(server, "eu-west-1", credentials);
  await ann.send(createTrail());
  await assert.rejects(
    ann.send(createTrail({ Name: "second", TagsList: [{ Key: "a", Value: "b" }] })),
    refusal(
      "AccessDeniedException",
      /cloudtrail:AddTags on resource: arn:aws:cloudtrail:eu-west-1:000000000000:trail\/second/,
    ),
  );
  await assert.rejects(
    ann.send(new cloudtrail.DeleteTrailCommand({ Name: "main" })),
    refusal("AccessDeniedException", /cloudtrail:DeleteTrail on resource: .*trail\/main/),
  );
  await assert.rejects(
    ann.send(new cloudtrail.GetTrailCommand({ Name: "nobody-knows" })),
    refusal("AccessDeniedException"),
  );
  const client = trailsAt(server);
  const ResourceId = trailArn("main");
  const tags = async () =>
    (await client.send(new cloudtrail.ListTagsCommand({ ResourceIdList: [ResourceId] }))).ResourceTagList;
  await client.send(new cloudtrail.AddTagsCommand({ ResourceId, TagsList: [{ Key: "a", Value: "1" }, { Key: "b" }] }));
  await client.send(new cloudtrail.AddTagsCommand({ ResourceId, TagsList: [{ Key: "a", Value: "2" }] }));
  assert.deepEqual(await tags(), [
    {
      ResourceId,
      TagsList: [
        { Key: "a", Value: "2" },
        { Key: "b", Value: "" },
      ],
    },
  ]);
  await client.send(new cloudtrail.RemoveTagsCommand({ ResourceId, TagsList: [{ Key: "a" }, { Key: "c" }] }));
  assert.deepEqual(await tags(), [{ ResourceId, TagsList: [{ Key: "b", Value: "" }] }]);
  const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}` }));
  await assert.rejects(
    client.send(new cloudtrail.AddTagsCommand({ ResourceId, TagsList: many })),
    refusal("TagsLimitExceededException"),
  );
  await assert.rejects(
    client.send(new cloudtrail.ListTagsCommand({ ResourceIdList: [trailArn("none")] })),
    refusal("ResourceNotFoundException"),
  );
});

test("a trail's key is tried through KMS for that trail", async () => {
  await using server = await testServer();
  const [client, keys] = [trailsAt(server), kms(server)];
  const { KeyMetadata } = await keys.send(new CreateKeyCommand({}));
  const { KeyId, Arn } = KeyMetadata!;
  const withKey = (KmsKeyId: string) => client.send(createTrail({ KmsKeyId }));
  await assert.rejects(
    withKey(KeyId!),
    refusal("InsufficientEncryptionPolicyException", /^Insufficient permissions to access S3 bucket logs or KMS key /),
  );
  const statement = (condition: object) => ({
    Effect: "Allow",
    Principal: { Service: "cloudtrail.amazonaws.com" },
    Action: "kms:GenerateDataKey*",
    Resource: "*",
    Condition: condition,
  });
  const everyone = { Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "kms:*", Resource: "*" };
  const put = (condition: object) =>
    keys.send(
      new PutKeyPolicyCommand({
        KeyId: KeyId!,
        Policy: JSON.stringify({ Version: "2012-10-17", Statement: [everyone, statement(condition)] }),
      }),
    );
  await put({ StringEquals: { "aws:SourceArn": trailArn("other") } });
  await assert.rejects(withKey(Arn!), refusal("InsufficientEncryptionPolicyException"));
  await put({
    StringEquals: { "aws:SourceArn": trailArn("main"), "aws:SourceAccount": "000000000000" },
    StringLike: { "kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:000000000000:trail/*" },
  });
  assert.equal((await withKey(KeyId!)).KmsKeyId, Arn);
  const probes = (await recordsOf(server, "GenerateDataKey")).filter(({ errorCode }) => errorCode === undefined);
  assert.deepEqual(
    probes.map(({ userIdentity, requestParameters }) => [userIdentity.invokedBy, requestParameters.encryptionContext]),
    [["cloudtrail.amazonaws.com", { "aws:cloudtrail:arn": trailArn("main") }]],
  );
  const update = (KmsKeyId: string) => client.send(new cloudtrail.UpdateTrailCommand({ Name: "main", KmsKeyId }));
  await assert.rejects(update("alias/none"), refusal("KmsKeyNotFoundException"));
  await assert.rejects(update("not a key"), refusal("InvalidKmsKeyIdException"));
  await assert.rejects(update(Arn!.replace("eu-west-1", "us-east-1")), refusal("KmsKeyNotFoundException"));
  await keys.send(new DisableKeyCommand({ KeyId: KeyId! }));
  await assert.rejects(update(Arn!), refusal("KmsKeyDisabledException"));
  assert.equal((await update("")).KmsKeyId, undefined);
});

test("an organization's trail is seen by its members, and changed by its management account alone", async () => {
  await using server = await testServer();
  const client = trailsAt(server);
  const org = new organizations.OrganizationsClient(settingsOf(server, root, "us-east-1"));
  await org.send(new organizations.CreateOrganizationCommand({}));
  const { CreateAccountStatus } = await org.send(
    new organizations.CreateAccountCommand({ AccountName: "orders", Email: "orders@example.com" }),
  );
  const member = trailsAt(server, "eu-west-1", rootOf(CreateAccountStatus!.AccountId!));
  await assert.rejects(
    member.send(createTrail({ IsOrganizationTrail: true })),
    refusal("NotOrganizationMasterAccountException"),
  );
  await client.send(createTrail({ IsOrganizationTrail: true, IsMultiRegionTrail: true }));
  await client.send(createTrail({ Name: "own" }));
  const { trailList } = await member.send(new cloudtrail.DescribeTrailsCommand({}));
  assert.deepEqual(
    trailList!.map(({ TrailARN, IsOrganizationTrail }) => [TrailARN, IsOrganizationTrail]),
    [[trailArn("main"), true]],
  );
  assert.ok(await member.send(new cloudtrail.GetTrailStatusCommand({ Name: trailArn("main") })));
  await assert.rejects(
    member.send(new cloudtrail.StopLoggingCommand({ Name: trailArn("main") })),
    refusal("NotOrganizationMasterAccountException"),
  );
  await client.send(new cloudtrail.UpdateTrailCommand({ Name: "main", IsOrganizationTrail: false }));
  assert.deepEqual((await member.send(new cloudtrail.DescribeTrailsCommand({}))).trailList, []);
});
