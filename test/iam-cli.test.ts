import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { ran, temporaryFolder } from "./cli-kit.ts";
import { document, trusting } from "./iam-kit.ts";
import { root, testServer } from "./kit.ts";

const cliMissing = spawnSync("aws", ["--version"], { stdio: "ignore" }).status === 0 ? false : "aws is not installed";

test("the AWS CLI makes a user, a role and policies, pages lists and is told what is wrong", {
  skip: cliMissing,
}, async () => {
  await using server = await testServer();
  using folder = temporaryFolder();
  const env = {
    PATH: process.env.PATH,
    HOME: folder.path,
    AWS_ACCESS_KEY_ID: root.accessKeyId,
    AWS_SECRET_ACCESS_KEY: root.secretAccessKey,
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_MAX_ATTEMPTS: "1",
  };
  const aws = (...words: string[]) =>
    ran("aws", ["--endpoint-url", server.url, "--output", "json", "iam", ...words], env);
  const answered = async (...words: string[]): Promise<Record<string, any>> => {
    const { code, out, err } = await aws(...words);
    assert.equal(code, 0, err);
    return out.trim() === "" ? {} : (JSON.parse(out) as Record<string, unknown>);
  };
  const made = await answered("create-user", "--user-name", "alice", "--tags", "Key=team,Value=a ü");
  assert.deepEqual(made.User.Tags, [{ Key: "team", Value: "a ü" }]);
  await answered("create-user", "--user-name", "bob");
  await answered(
    "put-user-policy",
    "--user-name",
    "alice",
    "--policy-name",
    "p",
    "--policy-document",
    document("kms:*"),
  );
  const policy = await answered("get-user-policy", "--user-name", "alice", "--policy-name", "p");
  assert.deepEqual(policy.PolicyDocument, JSON.parse(document("kms:*")));
  const trust = trusting({ AWS: made.User.Arn as string });
  const { Role } = await answered("create-role", "--role-name", "worker", "--assume-role-policy-document", trust);
  assert.deepEqual(Role.AssumeRolePolicyDocument, JSON.parse(trust));
  const { Users } = await answered("list-users", "--page-size", "1");
  assert.deepEqual(
    (Users as { UserName: string }[]).map(({ UserName }) => UserName),
    ["alice", "bob"],
  );
  const arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  await answered("attach-role-policy", "--role-name", "worker", "--policy-arn", arn);
  const { AttachedPolicies } = await answered("list-attached-role-policies", "--role-name", "worker");
  assert.deepEqual(AttachedPolicies, [{ PolicyName: "ReadOnlyAccess", PolicyArn: arn }]);
  const { AccessKey } = await answered("create-access-key", "--user-name", "alice");
  assert.match(AccessKey.AccessKeyId as string, /^AKIA[A-Z2-7]{16}$/);
  const refusal = await aws("delete-role", "--role-name", "worker");
  assert.match(
    refusal.err,
    /An error occurred \(DeleteConflict\) when calling the DeleteRole operation: Cannot delete entity, must detach all policies first\./,
  );
  const nobody = await aws("get-user", "--user-name", "nobody");
  assert.match(
    nobody.err,
    /\(NoSuchEntity\) when calling the GetUser operation: The user with name nobody cannot be found\./,
  );
});
