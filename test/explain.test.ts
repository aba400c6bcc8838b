import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, EncryptCommand, type KMSClient, type KMSServiceException } from "@aws-sdk/client-kms";
import { claviger } from "./cli-kit.ts";
import { iam, kms, rootOf, testServer, type TestServer } from "./kit.ts";

async function userOf(server: TestServer, name: string, policy?: object) {
  await iam(server).send(new CreateUserCommand({ UserName: name }));
  const PolicyDocument = JSON.stringify(policy);
  if (policy) await iam(server).send(new PutUserPolicyCommand({ UserName: name, PolicyName: "own", PolicyDocument }));
  const { AccessKey } = await iam(server).send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
}

async function deniedId(client: KMSClient, command: EncryptCommand): Promise<string> {
  try {
    await client.send(command);
  } catch (error) {
    return (error as KMSServiceException).$metadata.requestId!;
  }
  return assert.fail("it was allowed");
}

const allow = (Action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Sid: "Mine", Effect: "Allow", Action, Resource: "*" }],
});

test("claviger explain says why, by request id and for the caller's latest", async () => {
  await using server = await testServer();
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const encrypt = new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from("x") });
  const alice = await userOf(server, "alice", allow("kms:Decrypt"));
  const requestId = await deniedId(kms(server, alice), encrypt);
  const asRoot = await claviger(["explain", requestId, "--endpoint", server.url]);
  assert.equal(asRoot.code, 0, asRoot.err);
  const text = asRoot.out;
  assert.match(text, /user\/alice\n {2}asked for kms:Encrypt on arn:aws:kms:/);
  assert.match(text, /Denied: no identity-based policy allows it/);
  assert.match(
    text,
    /This would allow it:\n {2}in an identity-based policy, the statement \{"Effect":"Allow","Action":"kms:Encrypt"/,
  );
  const last = await claviger(["explain", "--last", "--json", "--endpoint", server.url]);
  assert.equal((JSON.parse(last.out) as { requestId: string }).requestId, requestId);
  const environment = { AWS_ACCESS_KEY_ID: alice.accessKeyId, AWS_SECRET_ACCESS_KEY: alice.secretAccessKey };
  const asAlice = await claviger(["explain", requestId, "--endpoint", server.url], environment);
  assert.equal(asAlice.code, 1);
  assert.match(asAlice.err, /not authorized to perform: claviger:ExplainDecision/);
  const stranger = { AWS_ACCESS_KEY_ID: "999988887777", AWS_SECRET_ACCESS_KEY: "test" };
  const foreign = await claviger(["explain", requestId, "--endpoint", server.url], stranger);
  assert.match(foreign.err, /No such decision is remembered/);
  const both = await claviger(["explain", "--endpoint", server.url]);
  assert.equal(both.code, 2);
});

test("across accounts each account reads its own half", async () => {
  await using server = await testServer();
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const encrypt = new EncryptCommand({ KeyId: KeyMetadata!.Arn!, Plaintext: Buffer.from("x") });
  const requestId = await deniedId(kms(server, rootOf("111122223333")), encrypt);
  const ask = (id: string, account: string) =>
    claviger(["explain", id, "--json", "--endpoint", server.url], {
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: "test",
    });
  const theirs = await ask(requestId, "111122223333");
  assert.ok(!theirs.out.includes("Enable IAM"));
  const owner = await ask(requestId, "test");
  assert.match(owner.out, /Enable IAM User Permissions/);
});
