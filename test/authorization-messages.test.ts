import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateVolumeCommand, EC2Client } from "@aws-sdk/client-ec2";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { DecodeAuthorizationMessageCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import fc from "fast-check";
import { AwsError } from "../src/errors.ts";
import { sealAuthorizationMessage } from "../src/identity/authorization-message.ts";
import { userCaller } from "../src/identity/principals.ts";
import type { Call } from "../src/operation.ts";
import { allowedAll } from "../src/permission.ts";
import { wireServices } from "../src/wire/services.ts";
import { newUser } from "./iam-kit.ts";
import { type Credentials, iam, rootOf, root, settingsOf, sts, type TestServer, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";
import { account, allowUser, assume, credentialsOf, newRole } from "./sts-kit.ts";

const failure = { allowed: false, explicitDeny: false, context: { action: "ec2:RunInstances", größe: "ä" } };
const messageOf = (server: TestServer, told: object = failure, of = account): string =>
  sealAuthorizationMessage(server.house.seal, of, told);

const decode = async (server: TestServer, EncodedMessage: string, as: Credentials = root): Promise<any> => {
  const { DecodedMessage } = await sts(server, as).send(new DecodeAuthorizationMessageCommand({ EncodedMessage }));
  return JSON.parse(DecodedMessage!);
};
const invalid = refused("InvalidAuthorizationMessageException", /^Message is not valid$/);

test("the account's principals that are allowed to decode a message do, and nobody else", async () => {
  await using server = await testServer();
  const message = messageOf(server);
  assert.match(message, /^[A-Za-z0-9_-]{100,10240}$/);
  assert.deepEqual(await decode(server, message), failure);
  const alice = await newUser(server, "alice");
  const no =
    /^User: arn:aws:iam::000000000000:user\/alice is not authorized to perform: sts:DecodeAuthorizationMessage on resource: \* because no identity-based policy allows the sts:DecodeAuthorizationMessage action$/;
  await assert.rejects(decode(server, message, alice), refused("AccessDenied", no));
  await allowUser(server, "alice", "sts:DecodeAuthorizationMessage");
  assert.deepEqual(await decode(server, message, alice), failure);
  await newRole(server, "reader");
  await allowUser(server, "alice", ["sts:DecodeAuthorizationMessage", "sts:AssumeRole"]);
  assert.deepEqual(await decode(server, message, await assume(server, alice, "reader")), failure);
  const { Credentials: session } = await sts(server, alice).send(new GetSessionTokenCommand({}));
  await assert.rejects(decode(server, message, credentialsOf(session!)), refused("AccessDenied"));
  await assert.rejects(decode(server, message, rootOf("111122223333")), invalid);
  assert.deepEqual(await decode(server, messageOf(server, failure, "111122223333"), rootOf("111122223333")), failure);
});

test("what this installation did not seal is not valid", async () => {
  await using server = await testServer();
  await using other = await testServer();
  const message = messageOf(server);
  await assert.rejects(decode(other, message), invalid);
  for (const text of ["a", "====", "AQ", message.slice(0, -4), `${message}AAAA`, `${message}=`, "x".repeat(10_240)])
    await assert.rejects(decode(server, text), invalid, text.slice(0, 20));
  await assert.rejects(decode(server, "x".repeat(10_241)), refused("ValidationError"));
  const changed = fc.asyncProperty(
    fc.nat(message.length - 1),
    fc.constantFrom("A", "b", "_", "9"),
    async (at, char) => {
      fc.pre(message[at] !== char);
      await assert.rejects(decode(server, message.slice(0, at) + char + message.slice(at + 1)), invalid);
    },
  );
  await fc.assert(changed, { numRuns: 30, seed: 1 });
});

test("a message's length tells nothing of what is inside, and is within what STS takes", async () => {
  await using server = await testServer();
  const lengthOf = (value: string): number => messageOf(server, { ...failure, value }).length;
  assert.equal(new Set(["", "a", "b".repeat(99)].map(lengthOf)).size, 1);
  const items = Array.from({ length: 100 }, (_, key) => ({ key: `aws:requesttag/${key}`, values: "ä".repeat(100) }));
  const large = messageOf(server, { ...failure, context: { action: "a", conditions: { items } } });
  assert.ok(large.length <= 10_240);
  const told = await decode(server, large);
  assert.equal(told.context.action, "a");
  assert.deepEqual(told.context.conditions.items, items.slice(0, told.context.conditions.items.length));
  const huge = messageOf(server, { ...failure, matchedStatements: { items: ["x".repeat(9000)] } });
  assert.deepEqual((await decode(server, huge)).matchedStatements, { items: [] });
  assert.equal(
    (await decode(server, messageOf(server, { allowed: false, context: { a: "x".repeat(9000) } }))).allowed,
    false,
  );
});

test("what EC2 denies says so with a message that decodes to the denial; other services say no more", async () => {
  await using server = await testServer();
  const { house } = server;
  await newUser(server, "alice");
  const origin = { sourceAddress: "127.0.0.1", userAgent: "", secure: false };
  const caller = userCaller(account, "alice", "AKIA", origin, [], house.world)!;
  const call = { ...house, caller, region: "eu-west-1", requestId: "r", now: 0, used: [] } as unknown as Call;
  const resource = `arn:aws:ec2:eu-west-1:${account}:volume/*`;
  const asks = [{ action: "ec2:CreateVolume", resource, resourceAccount: account, trust: "identity" as const }].map(
    (ask) => ({ ...ask, context: new Map([["ec2:encrypted", "true"]]) }),
  );
  const denial = (service: string): AwsError => {
    try {
      allowedAll(house, asks, call, { wire: wireServices.get(service)!, operations: new Map() });
    } catch (error) {
      if (error instanceof AwsError) return error;
    }
    return assert.fail("it was allowed");
  };
  const reason =
    `User: arn:aws:iam::${account}:user/alice is not authorized to perform: ec2:CreateVolume on resource: ${resource} ` +
    "because no identity-based policy allows the ec2:CreateVolume action";
  assert.equal(denial("sts").message, reason);
  const { status, body } = wireServices.get("ec2")!.encodeError(denial("ec2"), "r");
  const [, text = "", message = ""] = /<Message>(.*)\. Encoded authorization failure message: ([\w-]+)</.exec(
    String(body),
  )!;
  assert.deepEqual([status, text], [403, `You are not authorized to perform this operation. ${reason}`]);
  assert.match(String(body), /<Code>UnauthorizedOperation</);
  const { explicitDeny, context } = await decode(server, message);
  assert.deepEqual([explicitDeny, context.action, context.resource], [false, "ec2:CreateVolume", resource]);
  assert.deepEqual(
    context.conditions.items.find(({ key }: { key: string }) => key === "ec2:encrypted"),
    { key: "ec2:encrypted", values: { items: [{ value: "true" }] } },
  );
});

test("a denied CreateVolume is decoded by its account, with the statement that said no; its record names the fault", async () => {
  await using server = await testServer();
  const alice = await newUser(server, "alice");
  const Condition = { Bool: { "ec2:Encrypted": "false" } };
  const Statement = [
    { Effect: "Allow", Action: ["ec2:*", "sts:DecodeAuthorizationMessage"], Resource: "*" },
    { Sid: "OnlyEncrypted", Effect: "Deny", Action: "ec2:CreateVolume", Resource: "*", Condition },
  ];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await iam(server).send(new PutUserPolicyCommand({ UserName: "alice", PolicyName: "given", PolicyDocument }));
  const ec2 = new EC2Client(settingsOf(server, alice));
  const create = { AvailabilityZone: "eu-west-1a", Size: 1, Encrypted: false };
  const denied = await ec2.send(new CreateVolumeCommand(create)).then(
    () => assert.fail("it was made"),
    (error: Error) => error,
  );
  assert.equal(denied.name, "UnauthorizedOperation");
  const [, start, message = ""] = /^(.*)\. Encoded authorization failure message: (\S+)$/.exec(denied.message)!;
  assert.match(
    start!,
    /^You are not authorized to perform this operation\. User: \S+user\/alice is not authorized to perform: ec2:CreateVolume on resource: \S+ with an explicit deny in an identity-based policy$/,
  );
  const { explicitDeny, matchedStatements, context } = await decode(server, message, alice);
  assert.deepEqual([explicitDeny, context.action], [true, "ec2:CreateVolume"]);
  const [statement] = matchedStatements.items;
  assert.deepEqual([statement.statementId, statement.conditions.items[0].key], ["OnlyEncrypted", "ec2:Encrypted"]);
  const [record] = await recordsOf(server, "CreateVolume");
  assert.equal(record!.errorCode, "Client.UnauthorizedOperation");
  assert.ok(record!.errorMessage.startsWith(start));
});
