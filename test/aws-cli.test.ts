import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { temporaryFolder } from "./cli-kit.ts";
import { testServer } from "./kit.ts";
import { aws, awsCliMissing, awsRan } from "./outside-programs.ts";

interface Created {
  readonly KeyMetadata: { readonly KeyId: string; readonly Arn: string };
}

test("the AWS CLI makes, uses, shares, rotates names of and deletes a key", { skip: awsCliMissing }, async () => {
  await using server = await testServer();
  using folder = temporaryFolder();
  const call = <T = Record<string, never>>(text: string, ...more: string[]) =>
    aws<T>(server, [...text.split(" "), ...more]);
  const { KeyMetadata: first } = await call<Created>(
    "kms create-key --description first --tags TagKey=team,TagValue=shop",
  );
  const { KeyMetadata: second } = await call<Created>("kms create-key");
  await call(`kms create-alias --alias-name alias/app --target-key-id ${first.KeyId}`);

  writeFileSync(folder.file("plain"), "attack at dawn");
  const context = ["--encryption-context", "purpose=test"];
  const { CiphertextBlob } = await call<{ CiphertextBlob: string }>(
    "kms encrypt --key-id alias/app --plaintext",
    `fileb://${folder.file("plain")}`,
    ...context,
  );
  writeFileSync(folder.file("sealed"), Buffer.from(CiphertextBlob, "base64"));
  const decrypt = ["kms", "decrypt", "--ciphertext-blob", `fileb://${folder.file("sealed")}`];
  const opened = await aws<{ Plaintext: string; KeyId: string }>(server, [...decrypt, ...context]);
  assert.equal(Buffer.from(opened.Plaintext, "base64").toString(), "attack at dawn");
  assert.equal(opened.KeyId, first.Arn);
  const refused = await awsRan(server, decrypt);
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /An error occurred \(InvalidCiphertextException\) when calling the Decrypt operation/);

  await call(`kms update-alias --alias-name alias/app --target-key-id ${second.KeyId}`);
  const moved = await aws<{ CiphertextBlob: string; KeyId: string }>(server, [
    "kms",
    "re-encrypt",
    "--ciphertext-blob",
    `fileb://${folder.file("sealed")}`,
    "--destination-key-id",
    "alias/app",
    "--source-encryption-context",
    "purpose=test",
  ]);
  assert.equal(moved.KeyId, second.Arn);
  const dataKey = await call<{ Plaintext: string }>("kms generate-data-key --key-id alias/app --key-spec AES_256");
  assert.equal(Buffer.from(dataKey.Plaintext, "base64").length, 32);

  const { Keys } = await call<{ Keys: unknown[] }>("kms list-keys --page-size 1");
  assert.equal(Keys.length, 2);
  const { Policy } = await call<{ Policy: string }>(`kms get-key-policy --key-id ${first.KeyId}`);
  assert.match(Policy, /arn:aws:iam::000000000000:root/);
  await call(`kms disable-key --key-id ${first.KeyId}`);
  assert.match((await awsRan(server, [...decrypt, ...context])).err, /\(DisabledException\)[^]*is disabled\./);
  const gone = await call<{ PendingWindowInDays: number }>(`kms schedule-key-deletion --key-id ${first.KeyId}`);
  assert.equal(gone.PendingWindowInDays, 30);
});

test("the AWS CLI gives a user a key, a policy and a role", { skip: awsCliMissing }, async () => {
  await using server = await testServer();
  const call = <T = Record<string, never>>(text: string, ...more: string[]) =>
    aws<T>(server, [...text.split(" "), ...more]);
  const document = (action: string, more: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, ...more }] });
  await call("iam create-user --user-name alice");
  const { AccessKey } = await call<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
    "iam create-access-key --user-name alice",
  );
  const alice = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  const who = await aws<{ Arn: string }>(server, ["sts", "get-caller-identity"], alice);
  assert.equal(who.Arn, "arn:aws:iam::000000000000:user/alice");
  const create = ["kms", "create-key"];
  assert.match(
    (await awsRan(server, create, alice)).err,
    /\(AccessDeniedException\)[^]*no identity-based policy allows/,
  );

  const trust = document("sts:AssumeRole", { Principal: { AWS: who.Arn } });
  const { Role } = await call<{ Role: { Arn: string } }>(
    "iam create-role --role-name keys --assume-role-policy-document",
    trust,
  );
  const { Policy } = await call<{ Policy: { Arn: string } }>(
    "iam create-policy --policy-name make-keys --policy-document",
    document("kms:*", { Resource: "*" }),
  );
  await call(`iam attach-role-policy --role-name keys --policy-arn ${Policy.Arn}`);
  const { Credentials: session } = await aws<{ Credentials: Record<string, string> }>(
    server,
    ["sts", "assume-role", "--role-arn", Role.Arn, "--role-session-name", "work"],
    alice,
  );
  const worker = {
    accessKeyId: session.AccessKeyId ?? "",
    secretAccessKey: session.SecretAccessKey ?? "",
    sessionToken: session.SessionToken ?? "",
  };
  const { KeyMetadata } = await aws<Created>(server, create, worker);
  assert.match(KeyMetadata.Arn, /^arn:aws:kms:eu-west-1:000000000000:key\//);
});
