import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@aws-sdk/client-iam";
import { ListKeysCommand } from "@aws-sdk/client-kms";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { document, newUser, records, trusting } from "./iam-kit.ts";
import { iam, kms, settingsOf, sts, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

test("every write is on the trail in CloudTrail's form, a secret access key never", async () => {
  await using server = await testServer();
  const elsewhere = new api.IAMClient(settingsOf(server, undefined, "eu-central-1"));
  await elsewhere.send(new api.CreateUserCommand({ UserName: "alice", Tags: [{ Key: "team", Value: "a" }] }));
  const { AccessKey } = await iam(server).send(new api.CreateAccessKeyCommand({ UserName: "alice" }));
  const policy = { UserName: "alice", PolicyName: "p", PolicyDocument: document("kms:*") };
  await iam(server).send(new api.PutUserPolicyCommand(policy));
  await assert.rejects(
    iam(server).send(new api.DeleteUserCommand({ UserName: "nobody" })),
    refused("NoSuchEntityException"),
  );
  const [created, keyed, put, failed] = await records(server);
  assert.deepEqual(created!.requestParameters, { userName: "alice", tags: [{ key: "team", value: "a" }] });
  assert.equal(created!.awsRegion, "us-east-1");
  assert.equal(created!.eventSource, "iam.amazonaws.com");
  const { user } = created!.responseElements;
  assert.match(user.createDate, /^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M$/);
  assert.deepEqual([user.userName, user.arn, user.path], ["alice", "arn:aws:iam::000000000000:user/alice", "/"]);
  assert.equal(keyed!.responseElements.accessKey.accessKeyId, AccessKey!.AccessKeyId);
  assert.equal(keyed!.responseElements.accessKey.status, "Active");
  assert.deepEqual(put!.requestParameters, { userName: "alice", policyName: "p", policyDocument: document("kms:*") });
  assert.equal(put!.responseElements, null);
  assert.equal(failed!.errorCode, "NoSuchEntityException");
  assert.ok(!JSON.stringify(await records(server)).includes(AccessKey!.SecretAccessKey!));
});

test("the last use of a key and of a role is known, and many uses write one row", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const credentials = await newUser(server, "alice");
  const AccessKeyId = credentials.accessKeyId;
  const used = async () => (await admin.send(new api.GetAccessKeyLastUsedCommand({ AccessKeyId }))).AccessKeyLastUsed!;
  assert.deepEqual(await used(), { ServiceName: "N/A", Region: "N/A" });
  const alice = kms(server, credentials);
  for (let calls = 0; calls < 5; calls++)
    await assert.rejects(alice.send(new ListKeysCommand({})), refused("AccessDeniedException"));
  const { ServiceName, Region, LastUsedDate } = await used();
  assert.deepEqual([ServiceName, Region], ["kms", "eu-west-1"]);
  assert.ok(LastUsedDate instanceof Date);
  assert.equal(server.house.store.get("last-use", AccessKeyId)?.version, 1);

  const AssumeRolePolicyDocument = trusting({ AWS: "arn:aws:iam::000000000000:user/alice" });
  const { Role } = await admin.send(new api.CreateRoleCommand({ RoleName: "worker", AssumeRolePolicyDocument }));
  const unused = await admin.send(new api.GetRoleCommand({ RoleName: "worker" }));
  assert.deepEqual(unused.Role!.RoleLastUsed, {});
  const { Credentials: given } = await sts(server, credentials).send(
    new AssumeRoleCommand({ RoleArn: Role!.Arn!, RoleSessionName: "s1" }),
  );
  const session = {
    accessKeyId: given!.AccessKeyId!,
    secretAccessKey: given!.SecretAccessKey!,
    sessionToken: given!.SessionToken!,
  };
  await assert.rejects(
    kms(server, session, "eu-north-1").send(new ListKeysCommand({})),
    refused("AccessDeniedException"),
  );
  const worked = await admin.send(new api.GetRoleCommand({ RoleName: "worker" }));
  assert.equal(worked.Role!.RoleLastUsed!.Region, "eu-north-1");

  await admin.send(new api.DeleteAccessKeyCommand({ UserName: "alice", AccessKeyId }));
  assert.equal(server.house.store.get("last-use", AccessKeyId), undefined);
  await assert.rejects(used(), refused("NoSuchEntityException", /^The Access Key with id .* cannot be found\.$/));
});

test("a user acts on itself without its name; root has access keys of its own too", async () => {
  await using server = await testServer();
  const credentials = await newUser(server, "alice");
  await iam(server).send(
    new api.PutUserPolicyCommand({
      UserName: "alice",
      PolicyName: "self",
      PolicyDocument: document("iam:*", { Resource: "arn:aws:iam::*:user/${aws:username}" }),
    }),
  );
  const alice = iam(server, credentials);
  assert.equal((await alice.send(new api.GetUserCommand({}))).User!.UserName, "alice");
  const { AccessKey } = await alice.send(new api.CreateAccessKeyCommand({}));
  await alice.send(new api.UpdateAccessKeyCommand({ AccessKeyId: AccessKey!.AccessKeyId, Status: "Inactive" }));
  const { AccessKeyMetadata } = await alice.send(new api.ListAccessKeysCommand({}));
  assert.deepEqual(new Set(AccessKeyMetadata!.map(({ Status }) => Status)), new Set(["Active", "Inactive"]));
  await alice.send(new api.DeleteAccessKeyCommand({ AccessKeyId: credentials.accessKeyId }));
  await assert.rejects(alice.send(new api.GetUserCommand({})), refused("InvalidClientTokenId"));

  const { User } = await iam(server).send(new api.GetUserCommand({}));
  assert.deepEqual([User!.Arn, User!.UserId], ["arn:aws:iam::000000000000:root", "000000000000"]);
  const rooted = await iam(server).send(new api.CreateAccessKeyCommand({}));
  const root = {
    accessKeyId: rooted.AccessKey!.AccessKeyId!,
    secretAccessKey: rooted.AccessKey!.SecretAccessKey!,
  };
  await kms(server, root).send(new ListKeysCommand({}));
  const { SummaryMap } = await iam(server, root).send(new api.GetAccountSummaryCommand({}));
  assert.deepEqual([SummaryMap!.Users, SummaryMap!.AccountAccessKeysPresent], [1, 1]);
});
