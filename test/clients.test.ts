import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSServiceException,
  ListKeysCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { type Credentials, iam, kms, rootOf, sts, testServer, type TestServer } from "./kit.ts";

const secret = Buffer.from("attack at dawn");

const named = (name: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof KMSServiceException, String(error));
  assert.equal(error.name, name);
  if (message) assert.match(error.message, message);
  return true;
};

async function newUser(server: TestServer, name: string, root?: Credentials): Promise<Credentials> {
  await iam(server, root).send(new CreateUserCommand({ UserName: name }));
  const { AccessKey } = await iam(server, root).send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
}

test("a secret makes the round trip, bound to its encryption context", async () => {
  await using server = await testServer();
  const client = kms(server);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: "first" }));
  const EncryptionContext = { purpose: "test", tenant: "7" };
  const { CiphertextBlob } = await client.send(
    new EncryptCommand({ KeyId: KeyMetadata!.KeyId, Plaintext: secret, EncryptionContext }),
  );
  const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  assert.deepEqual(Buffer.from(opened.Plaintext!), secret);
  assert.equal(opened.KeyId, KeyMetadata!.Arn);
  await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })), named("InvalidCiphertextException"));
});

test("a user is denied in AWS's words until a policy allows, and again when it is disabled", async () => {
  await using server = await testServer();
  const admin = kms(server);
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({}));
  const credentials = await newUser(server, "alice");
  const alice = kms(server, credentials);
  const encrypt = () => alice.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId, Plaintext: secret }));
  await assert.rejects(
    encrypt(),
    named(
      "AccessDeniedException",
      /^User: arn:aws:iam::000000000000:user\/alice is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:eu-west-1:000000000000:key\/.* because no identity-based policy allows the kms:Encrypt action$/,
    ),
  );
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "kms:Encrypt", Resource: KeyMetadata!.Arn }],
  });
  await iam(server).send(new PutUserPolicyCommand({ UserName: "alice", PolicyName: "encrypt", PolicyDocument }));
  await encrypt();
  await admin.send(new DisableKeyCommand({ KeyId: KeyMetadata!.KeyId }));
  await assert.rejects(encrypt(), named("DisabledException", /is disabled\.$/));
});

test("another account needs both sides", async () => {
  await using server = await testServer();
  const admin = kms(server);
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({}));
  const other = rootOf("111122223333");
  const encrypt = () => kms(server, other).send(new EncryptCommand({ KeyId: KeyMetadata!.Arn, Plaintext: secret }));
  await assert.rejects(
    encrypt(),
    named(
      "AccessDeniedException",
      /on this resource because the resource does not exist in this Region, no resource-based policies allow access/,
    ),
  );
  const statement = (account: string, action: string) => ({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: action,
    Resource: "*",
  });
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [statement("000000000000", "kms:*"), statement("111122223333", "kms:Encrypt")],
  });
  await admin.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata!.KeyId, Policy }));
  await encrypt();
});

test("a role's session uses the key, a data key and a second key", async () => {
  await using server = await testServer();
  const assume = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:root" }, Action: "sts:AssumeRole" }],
  });
  const { Role } = await iam(server).send(
    new CreateRoleCommand({ RoleName: "worker", AssumeRolePolicyDocument: assume }),
  );
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["kms:*", "sts:AssumeRole"], Resource: "*" }],
  });
  const { Policy } = await iam(server).send(new CreatePolicyCommand({ PolicyName: "all-kms", PolicyDocument }));
  const bob = await newUser(server, "bob");
  await iam(server).send(new AttachUserPolicyCommand({ UserName: "bob", PolicyArn: Policy!.Arn }));
  const { Credentials: session } = await sts(server, bob).send(
    new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: "s1" }),
  );
  const worker = {
    accessKeyId: session!.AccessKeyId!,
    secretAccessKey: session!.SecretAccessKey!,
    sessionToken: session!.SessionToken!,
  };
  const who = await sts(server, worker).send(new GetCallerIdentityCommand({}));
  assert.equal(who.Arn, "arn:aws:sts::000000000000:assumed-role/worker/s1");
  await assert.rejects(kms(server, worker).send(new CreateKeyCommand({})), named("AccessDeniedException"));
  const client = kms(server, bob);
  const first = await client.send(new CreateKeyCommand({}));
  const second = await client.send(new CreateKeyCommand({}));
  await client.send(new CreateAliasCommand({ AliasName: "alias/second", TargetKeyId: second.KeyMetadata!.KeyId }));
  const dataKey = await client.send(
    new GenerateDataKeyCommand({ KeyId: first.KeyMetadata!.KeyId, KeySpec: "AES_256" }),
  );
  assert.equal(dataKey.Plaintext!.length, 32);
  const moved = await client.send(
    new ReEncryptCommand({ CiphertextBlob: dataKey.CiphertextBlob, DestinationKeyId: "alias/second" }),
  );
  assert.equal(moved.KeyId, second.KeyMetadata!.Arn);
  const opened = await client.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob }));
  assert.deepEqual(opened.Plaintext, dataKey.Plaintext);
});

test("deletion waits, keys are listed by account and Region", async () => {
  await using server = await testServer();
  const client = kms(server);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const scheduled = await client.send(new ScheduleKeyDeletionCommand({ KeyId: KeyMetadata!.KeyId }));
  assert.equal(scheduled.KeyState, "PendingDeletion");
  assert.equal(scheduled.PendingWindowInDays, 30);
  const described = await client.send(new DescribeKeyCommand({ KeyId: KeyMetadata!.KeyId }));
  assert.equal(described.KeyMetadata!.DeletionDate!.getTime(), scheduled.DeletionDate!.getTime());
  const elsewhere = await kms(server, undefined, "us-east-1").send(new ListKeysCommand({}));
  assert.deepEqual(elsewhere.Keys, []);
  assert.equal((await client.send(new ListKeysCommand({}))).Keys!.length, 1);
});
