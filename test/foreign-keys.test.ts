import assert from "node:assert/strict";
import { test } from "node:test";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EncryptCommand,
  PutKeyPolicyCommand,
} from "@aws-sdk/client-kms";
import { claviger } from "./cli-kit.ts";
import { newUser } from "./iam-kit.ts";
import { iam, kms, rootOf, type TestServer, testServer } from "./kit.ts";
import { recordsOf } from "./trail.ts";

const other = "111122223333";
const prefix = "arn:aws:kms:eu-west-1:000000000000";

async function stage(server: TestServer, ...statements: object[]) {
  const spy = await newUser(server, "spy", rootOf(other));
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "kms:*", Resource: "*" }, ...statements],
  });
  await iam(server, rootOf(other)).send(new PutUserPolicyCommand({ UserName: "spy", PolicyName: "p", PolicyDocument }));
  const made = new CreateKeyCommand({ Tags: [{ TagKey: "project", TagValue: "merger" }] });
  const key = (await kms(server).send(made)).KeyMetadata!.Arn!;
  await kms(server).send(new CreateAliasCommand({ AliasName: "alias/merger", TargetKeyId: key }));
  return { spy: kms(server, spy), key };
}

/** What the stranger reads: the error, and the record in its own trail with the ids and names of the call left out. */
async function told(server: TestServer, client: ReturnType<typeof kms>, KeyId: string): Promise<string> {
  const plain = (text: string): string => text.replaceAll(KeyId, "KEY");
  const message = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") })).then(
    () => "allowed",
    (error: Error) => `${error.name}: ${plain(error.message)}`,
  );
  const { errorMessage, resources, requestParameters } = (await recordsOf(server, "Encrypt")).at(-1)!;
  return plain(JSON.stringify([message, errorMessage, resources, requestParameters]));
}

test("an alias of another account is not told from one that is not there, in an error, a record or an explanation", async () => {
  await using server = await testServer();
  const { spy, key } = await stage(server);
  const [there, nowhere] = [`${prefix}:alias/merger`, `${prefix}:alias/nowhere`];
  assert.equal(await told(server, spy, there), await told(server, spy, nowhere));
  assert.equal(
    await told(server, spy, key),
    await told(server, spy, key.replace(/[^/]*$/, "00000000-0000-0000-0000-000000000000")),
  );
  const explained = async (KeyId: string): Promise<string> => {
    await assert.rejects(spy.send(new DescribeKeyCommand({ KeyId })));
    const env = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: other, AWS_SECRET_ACCESS_KEY: "test" };
    const ran = await claviger(["explain", "--last", "--json", "--endpoint", server.url], env);
    assert.equal(ran.code, 0, ran.err);
    const { requestId: _id, at: _at, context, ...rest } = JSON.parse(ran.out);
    const { "aws:currenttime": _time, "aws:epochtime": _epoch, "kms:requestalias": _alias, ...same } = context;
    return JSON.stringify([rest, same]).replaceAll(KeyId, "KEY");
  };
  const [one, two] = [await explained(there), await explained(nowhere)];
  assert.equal(one, two);
  assert.ok(!one.includes(key.split("/")[1]!));
});

test("a Deny of one's own asks nothing of another account's key: not its tags, not its kind, not whether it is", async () => {
  await using server = await testServer();
  const deny = (Condition: object) => ({ Effect: "Deny", Action: "kms:Encrypt", Resource: "*", Condition });
  const tag = deny({ StringEquals: { "aws:ResourceTag/project": "merger" } });
  const kind = deny({ StringEquals: { "kms:KeySpec": "SYMMETRIC_DEFAULT" } });
  const { spy, key } = await stage(server, tag, kind);
  const nowhere = key.replace(/[^/]*$/, "00000000-0000-0000-0000-000000000000");
  assert.equal(await told(server, spy, key), await told(server, spy, nowhere));
  // Once the key's account lets it in, its own policies are what stands in the way.
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: ["000000000000", other] }, Action: "kms:*", Resource: "*" }],
  });
  await kms(server).send(new PutKeyPolicyCommand({ KeyId: key, Policy }));
  assert.match(await told(server, spy, key), /with an explicit deny in an identity-based policy/);
});
