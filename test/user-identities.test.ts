import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateKeyCommand, DescribeKeyCommand } from "@aws-sdk/client-kms";
import { opensslMissing } from "./certificates.ts";
import { token } from "./issuer.ts";
import { type Credentials, kms, root, rootOf, type TestServer } from "./kit.ts";
import { account } from "./sts-kit.ts";
import { recordsOf } from "./trail.ts";
import { signingKinds } from "./signing-kinds.ts";
import { providerArn, scene } from "./web-identity-stage.ts";
import { throughEc2 } from "./forwarded-callers.ts";
import { infrastructureCaller, serviceCaller } from "../src/identity/forwarding.ts";
import type { Caller } from "../src/identity/caller.ts";
import { callAs } from "../src/pipeline.ts";

const region = "eu-west-1";
const other = "111122223333";

/** With the times of sessions left out, which are checked for their form. */
function timeless(userIdentity: Record<string, any>): object {
  const { creationDate } = userIdentity["sessionContext"]?.attributes ?? {};
  if (creationDate === undefined) return userIdentity;
  assert.match(creationDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  return JSON.parse(JSON.stringify(userIdentity).replace(creationDate, "(a time)")) as object;
}

const everybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" }],
});

/** The last records of DescribeKey, of the caller's account and, across accounts, of the key's. */
async function described(server: TestServer, count: number): Promise<Record<string, any>[]> {
  return (await recordsOf(server, "DescribeKey")).slice(-count);
}

test("everybody who signs, called directly, through a service and in another account", {
  skip: opensslMissing,
}, async () => {
  await using here = await scene();
  const { server } = here;
  const keyIn = async (who: Credentials): Promise<string> => {
    const made = await kms(server, who).send(new CreateKeyCommand({ Policy: everybody }));
    return made.KeyMetadata!.Arn!;
  };
  const [own, foreign] = [await keyIn(root), await keyIn(rootOf(other))];
  for (const { kind, credentials, userIdentity, principalId } of await signingKinds(here)) {
    const expected = { ...userIdentity, principalId, accessKeyId: credentials.accessKeyId };
    await kms(server, credentials).send(new DescribeKeyCommand({ KeyId: own }));
    const [direct] = await described(server, 1);
    assert.deepEqual(timeless(direct!["userIdentity"]), expected, kind);
    assert.deepEqual([direct!["recipientAccountId"], direct!["sharedEventID"]], [account, undefined], kind);

    await kms(server, credentials).send(new DescribeKeyCommand({ KeyId: foreign }));
    const [mine, theirs] = await described(server, 2);
    assert.deepEqual(timeless(mine!["userIdentity"]), expected, kind);
    assert.deepEqual(theirs!["userIdentity"], { type: "AWSAccount", principalId, accountId: account }, kind);
    assert.deepEqual([mine!["recipientAccountId"], theirs!["recipientAccountId"]], [account, other], kind);
    assert.ok(mine!["sharedEventID"] === theirs!["sharedEventID"] && mine!["sharedEventID"] !== undefined, kind);
    assert.notEqual(mine!["eventID"], theirs!["eventID"], kind);

    const caller = throughEc2(server, credentials, region);
    const inside = (KeyId: string) =>
      callAs(server.house, () => ({ caller: caller(), region }), {
        service: "kms",
        operation: "DescribeKey",
        input: { KeyId },
      });
    await inside(own);
    const [forwarded] = await described(server, 1);
    assert.deepEqual(timeless(forwarded!["userIdentity"]), { ...expected, invokedBy: "ec2.amazonaws.com" }, kind);
    assert.deepEqual(
      [forwarded!["sourceIPAddress"], forwarded!["userAgent"]],
      Array(2).fill("ec2.amazonaws.com"),
      kind,
    );
    await inside(foreign);
    const [, seen] = await described(server, 2);
    const ofAccount = { type: "AWSAccount", principalId, accountId: account, invokedBy: "ec2.amazonaws.com" };
    assert.deepEqual(seen!["userIdentity"], ofAccount, kind);
  }
});

test("who does not sign: services, what AWS runs for an account, web identities, the service itself", {
  skip: opensslMissing,
}, async () => {
  await using here = await scene();
  const { server, issuer, assume } = here;
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({ Policy: everybody }));
  const input = { KeyId: KeyMetadata!.Arn! };
  const describe = async (caller: Caller): Promise<Record<string, any>[]> => {
    const before = (await recordsOf(server, "DescribeKey")).length;
    await callAs(server.house, () => ({ caller, region }), { service: "kms", operation: "DescribeKey", input });
    return (await recordsOf(server, "DescribeKey")).slice(before);
  };
  const work = { arn: `arn:aws:ec2:${region}:${account}:volume/vol-1`, account };
  const records = await describe(serviceCaller({ name: "ec2" }, work));
  assert.deepEqual(
    records.map(({ userIdentity, recipientAccountId }) => [userIdentity, recipientAccountId]),
    [[{ type: "AWSService", invokedBy: "ec2.amazonaws.com" }, account]],
  );
  // For nobody: the key's account alone is told.
  const [idle, ...more] = await describe(serviceCaller({ name: "ec2" }));
  assert.deepEqual(
    [idle!["userIdentity"], idle!["recipientAccountId"], more.length],
    [records[0]!["userIdentity"], account, 0],
  );
  const instance = infrastructureCaller(account, "aws:ec2-infrastructure", "i-0abc", { name: "ec2" }, region);
  assert.deepEqual((await describe(instance))[0]!["userIdentity"], {
    type: "AssumedRole",
    principalId: `${account}:aws:ec2-infrastructure:i-0abc`,
    arn: `arn:aws:sts::${account}:assumed-role/aws:ec2-infrastructure/i-0abc`,
    accountId: account,
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId: `${account}:aws:ec2-infrastructure`,
        arn: `arn:aws:iam::${account}:role/aws:ec2-infrastructure`,
        accountId: account,
        userName: "aws:ec2-infrastructure",
      },
    },
    invokedBy: "ec2.amazonaws.com",
  });
  await assume(token(issuer));
  const [web] = await recordsOf(server, "AssumeRoleWithWebIdentity");
  assert.deepEqual(web!["userIdentity"], {
    type: "WebIdentityUser",
    principalId: `${providerArn}:client-1:repo:a/b`,
    userName: "repo:a/b",
    identityProvider: providerArn,
  });
  await callAs(server.house, () => ({ caller: throughEc2(server, root, region)(), region }), {
    service: "kms",
    operation: "DescribeKey",
    input: { KeyId: "alias/aws/ebs" },
  });
  const made = (await recordsOf(server, "CreateKey")).at(-1);
  assert.deepEqual(made!["userIdentity"], { accountId: account, invokedBy: "AWS Internal" });
});
