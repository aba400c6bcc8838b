import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateGrantCommand, DescribeKeyCommand, EncryptCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { type Forwarder, forwardedCaller, infrastructureCaller, serviceCaller } from "../src/identity/forwarding.ts";
import type { Caller } from "../src/identity/caller.ts";
import { rootCaller, userCaller } from "../src/identity/principals.ts";
import { Apis } from "../src/house.ts";
import type { Operation } from "../src/operation.ts";
import { callAs } from "../src/pipeline.ts";
import { Plaintext, stage } from "./grants-stage.ts";
import { kms, rootOf, type TestServer } from "./kit.ts";
import { account, addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const region = "eu-west-1";
const origin = { sourceAddress: "203.0.113.9", userAgent: "aws-cli", secure: true };

/** The named user of the account, as identity reads it at this moment. */
const userNow =
  (server: TestServer, name: string, of = account) =>
  (): Caller =>
    userCaller(of, name, "AKIA", origin, [], server.house.world)!;

const call = (server: TestServer, who: () => Caller, operation: string, input: Record<string, unknown>) =>
  callAs(server.house, () => ({ caller: who(), region }), { service: "kms", operation, input });

const ec2: Forwarder = { name: "ec2" };
const through = (by: Forwarder, who: () => Caller) => () => forwardedCaller(who(), by, region);

test("an AWS managed key is used through its service, and through no other", async () => {
  await using on = await stage();
  const { server, admin } = on;
  await addUser(server, "ann");
  const KeyId = "alias/aws/ebs";
  const direct = admin.send(new EncryptCommand({ KeyId, Plaintext }));
  await assert.rejects(direct, refused("AccessDeniedException"));
  const ann = userNow(server, "ann");
  await assert.rejects(
    call(server, through({ name: "s3" }, ann), "Encrypt", { KeyId, Plaintext }),
    refused("AccessDeniedException"),
  );
  await assert.rejects(call(server, ann, "Encrypt", { KeyId, Plaintext }), refused("AccessDeniedException"));
  const { CiphertextBlob } = await call(server, through(ec2, ann), "Encrypt", { KeyId, Plaintext });
  const opened = await call(server, through(ec2, ann), "Decrypt", { CiphertextBlob });
  assert.deepEqual(opened.Plaintext, Plaintext);
  const [record] = await recordsOf(server, "Decrypt");
  assert.equal(record!.userIdentity.arn, `arn:aws:iam::${account}:user/ann`);
  assert.equal(record!.userIdentity.invokedBy, "ec2.amazonaws.com");
  assert.equal(record!.sourceIPAddress, "ec2.amazonaws.com");
  assert.equal(record!.userAgent, "ec2.amazonaws.com");
  assert.equal((await recordsOf(server, "Encrypt")).length, 4);
});

test("kms:GrantIsForAWSResource lets a service make grants for somebody who may not make them", async () => {
  await using on = await stage();
  const { server, admin, KeyId, alice } = on;
  const statement = (more: object) => ({ Effect: "Allow", Resource: "*", ...more });
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      statement({ Principal: { AWS: account }, Action: "kms:*" }),
      statement({
        Principal: { AWS: alice.arn },
        Action: "kms:CreateGrant",
        Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      }),
    ],
  });
  await admin.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  const instance = `arn:aws:sts::${account}:assumed-role/aws:ec2-infrastructure/i-0123456789abcdef0`;
  const input = {
    KeyId,
    GranteePrincipal: instance,
    Operations: ["Decrypt"],
    Constraints: { EncryptionContextSubset: { "aws:ebs:id": "vol-1" } },
  };
  const direct = kms(server, alice.credentials).send(new CreateGrantCommand({ ...input, Operations: ["Decrypt"] }));
  await assert.rejects(direct, refused("AccessDeniedException"));
  const { GrantId } = await call(server, through(ec2, userNow(server, "alice")), "CreateGrant", input);
  const EncryptionContext = { "aws:ebs:id": "vol-1" };
  const { CiphertextBlob } = await admin.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
  const machine = (id: string) => () => infrastructureCaller(account, "aws:ec2-infrastructure", id, ec2, region);
  const decrypt = { CiphertextBlob: Buffer.from(CiphertextBlob!), EncryptionContext };
  await call(server, machine("i-0123456789abcdef0"), "Decrypt", decrypt);
  await assert.rejects(call(server, machine("i-other"), "Decrypt", decrypt), refused("AccessDeniedException"));
  const [record] = await recordsOf(server, "Decrypt");
  assert.equal(record!.additionalEventData.grantId, GrantId);
  assert.equal(record!.userIdentity.arn, instance);
});

test("a service principal is bound to its source, retires what it may, and its work is told to the key's account", async () => {
  await using on = await stage();
  const { server, admin, KeyId } = on;
  const arn = `arn:aws:ec2:${region}:${account}:volume/vol-1`;
  const make = (more: object) =>
    admin.send(
      new CreateGrantCommand({
        KeyId,
        Operations: ["Encrypt", "RetireGrant"],
        GranteeServicePrincipal: "ec2.amazonaws.com",
        ...more,
      }),
    );
  await assert.rejects(
    make({ RetiringServicePrincipal: "ec2.amazonaws.com" }),
    refused("ValidationException", /SourceArn/),
  );
  await assert.rejects(make({ Constraints: { SourceArn: arn } }), refused("ValidationException", /Retiring/));
  const { GrantId } = await make({ Constraints: { SourceArn: arn }, RetiringServicePrincipal: "s3.amazonaws.com" });
  const as = (name: string, source: string) => () => serviceCaller({ name }, { arn: source, account });
  const input = { KeyId, Plaintext };
  await call(server, as("ec2", arn), "Encrypt", input);
  await assert.rejects(call(server, as("ec2", `${arn}x`), "Encrypt", input), refused("AccessDeniedException"));
  await assert.rejects(call(server, as("rds", arn), "Encrypt", input), refused("AccessDeniedException"));
  await assert.rejects(
    call(server, () => serviceCaller(ec2), "Encrypt", input),
    refused("AccessDeniedException"),
  );
  const [record] = await recordsOf(server, "Encrypt");
  assert.deepEqual(record!.userIdentity, { type: "AWSService", invokedBy: "ec2.amazonaws.com" });
  assert.equal(record!.recipientAccountId, account);
  const retirable = await call(server, as("s3", arn), "ListRetirableGrants", {
    RetiringServicePrincipal: "s3.amazonaws.com",
  });
  assert.deepEqual(
    (retirable.Grants as { GrantId: string }[]).map((grant) => grant.GrantId),
    [GrantId],
  );
  const nosy = call(server, as("rds", arn), "ListRetirableGrants", { RetiringServicePrincipal: "s3.amazonaws.com" });
  await assert.rejects(nosy, refused("AccessDeniedException"));
  await assert.rejects(
    call(server, as("rds", arn), "RetireGrant", { KeyId, GrantId }),
    refused("AccessDeniedException"),
  );
  await call(server, as("s3", arn), "RetireGrant", { KeyId, GrantId });
  await assert.rejects(call(server, as("ec2", arn), "Encrypt", input), refused("AccessDeniedException"));
});

test("a forwarded call across accounts hides what a direct one hides, and errors come as AWS's", async () => {
  await using on = await stage();
  const { server, KeyId } = on;
  const stranger = () => rootCaller("111122223333", "AKIA", origin, []);
  await assert.rejects(
    call(server, through(ec2, stranger), "Encrypt", { KeyId, Plaintext }),
    refused("AccessDeniedException", /on this resource because the resource does not exist/),
  );
  const described = kms(server, rootOf("111122223333")).send(new DescribeKeyCommand({ KeyId }));
  await assert.rejects(described, refused("AccessDeniedException"));
  assert.equal((await recordsOf(server, "Encrypt"))[0]!.errorCode, "AccessDenied");
});

test("an operation of another service calls KMS for its caller, and both calls are recorded", async () => {
  await using on = await stage();
  const { server, KeyId } = on;
  await addUser(server, "ann", ["kms:Encrypt", "ec2:CreateVolume"]);
  const createVolume: Operation = {
    name: "CreateVolume",
    readOnly: false,
    requestParameters: () => null,
    find: () => undefined,
    asks: () => [],
    run: async (input, _found, outer) => ({
      answer: await outer.forward({ by: ec2, service: "kms", operation: "Encrypt", input }),
    }),
  };
  const kmsApi = server.house.apis.named("kms");
  const ec2Api = {
    wire: { ...kmsApi.wire, name: "ec2", eventSource: "ec2.amazonaws.com" },
    operations: new Map([["CreateVolume", createVolume]]),
  };
  const house = { ...server.house, apis: new Apis([kmsApi, ec2Api]) };
  const who = () => ({ caller: userNow(server, "ann")(), region });
  const create = (input: Record<string, unknown>) =>
    callAs(house, who, { service: "ec2", operation: "CreateVolume", input });
  const made = await create({ KeyId, Plaintext });
  assert.equal(made.KeyId, KeyId);
  const stranger = { KeyId: KeyId.replace(account, "111122223333"), Plaintext };
  await assert.rejects(
    create(stranger),
    refused("AccessDeniedException", /user\/ann is not authorized to perform: kms:Encrypt/),
  );
  const [first] = await recordsOf(server, "CreateVolume");
  const [inner] = await recordsOf(server, "Encrypt");
  assert.equal(first!.userIdentity.invokedBy, undefined);
  assert.equal(inner!.userIdentity.invokedBy, "ec2.amazonaws.com");
  assert.equal(first!.eventSource, "ec2.amazonaws.com");
});
