import assert from "node:assert/strict";
import { test } from "node:test";
import * as iamApi from "@aws-sdk/client-iam";
import { EncryptCommand, KMSServiceException, ListKeysCommand } from "@aws-sdk/client-kms";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { iam, kms, rootOf, sts, testServer } from "./kit.ts";

const document = (Action: string, Resource = "*", Effect = "Allow"): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect, Action, Resource }] });

const refused = (name: string, message?: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof iamApi.IAMServiceException || error instanceof KMSServiceException, String(error));
  assert.equal(error.name.replace(/Exception$/, ""), name);
  if (typeof message === "string") assert.equal(error.message, message);
  else if (message) assert.match(error.message, message);
  return true;
};

test("a user is made, read, listed, renamed and deleted; names are one whatever their case", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const { User } = await admin.send(
    new iamApi.CreateUserCommand({ UserName: "Alice", Path: "/staff/", Tags: [{ Key: "team", Value: "a" }] }),
  );
  assert.equal(User!.Arn, "arn:aws:iam::000000000000:user/staff/Alice");
  assert.match(User!.UserId!, /^AIDA[A-Z2-7]{17}$/);
  await assert.rejects(
    admin.send(new iamApi.CreateUserCommand({ UserName: "ALICE" })),
    refused("EntityAlreadyExists", "User with name ALICE already exists."),
  );
  const read = await admin.send(new iamApi.GetUserCommand({ UserName: "alice" }));
  assert.deepEqual(read.User, User);
  await admin.send(new iamApi.UpdateUserCommand({ UserName: "Alice", NewUserName: "bob", NewPath: "/" }));
  await assert.rejects(
    admin.send(new iamApi.GetUserCommand({ UserName: "Alice" })),
    refused("NoSuchEntity", "The user with name Alice cannot be found."),
  );
  const { Users } = await admin.send(new iamApi.ListUsersCommand({}));
  assert.deepEqual(
    Users!.map(({ Arn, UserId }) => [Arn, UserId]),
    [["arn:aws:iam::000000000000:user/bob", User!.UserId]],
  );
  await admin.send(new iamApi.DeleteUserCommand({ UserName: "bob" }));
  assert.deepEqual((await admin.send(new iamApi.ListUsersCommand({}))).Users, []);
});

test("another account's names are another world", async () => {
  await using server = await testServer();
  await iam(server).send(new iamApi.CreateUserCommand({ UserName: "alice" }));
  const other = iam(server, rootOf("111122223333"));
  await assert.rejects(other.send(new iamApi.GetUserCommand({ UserName: "alice" })), refused("NoSuchEntity"));
  const { Policy } = await iam(server).send(
    new iamApi.CreatePolicyCommand({ PolicyName: "p", PolicyDocument: document("kms:*") }),
  );
  await assert.rejects(other.send(new iamApi.GetPolicyCommand({ PolicyArn: Policy!.Arn! })), refused("AccessDenied"));
  await other.send(new iamApi.CreateUserCommand({ UserName: "alice" }));
  await assert.rejects(
    other.send(new iamApi.AttachUserPolicyCommand({ UserName: "alice", PolicyArn: Policy!.Arn! })),
    refused("NoSuchEntity", `Policy ${Policy!.Arn} does not exist or is not attachable.`),
  );
});

test("an access key works at once, answers its secret once, and stops at once", async () => {
  await using server = await testServer();
  const admin = iam(server);
  await admin.send(new iamApi.CreateUserCommand({ UserName: "alice" }));
  await admin.send(
    new iamApi.PutUserPolicyCommand({ UserName: "alice", PolicyName: "list", PolicyDocument: document("kms:*") }),
  );
  const { AccessKey } = await admin.send(new iamApi.CreateAccessKeyCommand({ UserName: "alice" }));
  const { AccessKeyId, SecretAccessKey } = AccessKey!;
  const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! };
  const who = await sts(server, credentials).send(new GetCallerIdentityCommand({}));
  assert.equal(who.Arn, "arn:aws:iam::000000000000:user/alice");
  const { AccessKeyMetadata } = await admin.send(new iamApi.ListAccessKeysCommand({ UserName: "alice" }));
  assert.ok(!JSON.stringify(AccessKeyMetadata).includes(SecretAccessKey!));
  const calls = () =>
    Promise.allSettled(Array.from({ length: 20 }, () => kms(server, credentials).send(new ListKeysCommand({}))));
  const racing = calls();
  await admin.send(new iamApi.UpdateAccessKeyCommand({ UserName: "alice", AccessKeyId, Status: "Inactive" }));
  await racing;
  for (const result of await calls()) assert.equal(result.status, "rejected");
  await admin.send(new iamApi.UpdateAccessKeyCommand({ UserName: "alice", AccessKeyId, Status: "Active" }));
  await kms(server, credentials).send(new ListKeysCommand({}));
  await admin.send(new iamApi.CreateAccessKeyCommand({ UserName: "alice" }));
  await assert.rejects(
    admin.send(new iamApi.CreateAccessKeyCommand({ UserName: "alice" })),
    refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"),
  );
  await admin.send(new iamApi.DeleteAccessKeyCommand({ UserName: "alice", AccessKeyId }));
  await assert.rejects(
    kms(server, credentials).send(new EncryptCommand({ KeyId: "alias/x", Plaintext: Buffer.from("x") })),
    refused("UnrecognizedClient"),
  );
});
