import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { possible } from "../src/policy/possible.ts";
import { rehearsedQuestion } from "../src/policy/rehearsal.ts";
import { decide } from "../src/policy/decide.ts";
import { randomCase } from "./differential/cases.ts";
import {
  AttachUserPolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateGrantCommand, CreateKeyCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { claviger } from "./cli-kit.ts";
import { iam, kms, rootOf, testServer } from "./kit.ts";

test("sound: whoever the engine allows in some context is possible, whatever is known beforehand", () => {
  const always = /^(aws:principal|kms:calleraccount|aws:resourceaccount)/;
  let allowed = 0;
  let impossible = 0;
  fc.assert(
    fc.property(fc.nat(1_000_000), (n) => {
      const { principal, resource, asked } = randomCase(n);
      const question = rehearsedQuestion(principal, resource, asked);
      // Beforehand only what belongs to the principal and the key is known.
      const context = new Map(
        [...question.context.keys()]
          .filter((name) => always.test(name))
          .map((name) => [name, question.context.get(name)!]),
      );
      const found = possible({ ...question, context }, (name) => always.test(name));
      if (decide(question).allowed) {
        allowed += 1;
        assert.ok(found, `case ${n}`);
      } else if (!found) impossible += 1;
    }),
    { numRuns: 20_000 },
  );
  assert.ok(allowed > 1000 && impossible > 5000, `${allowed} allowed, ${impossible} impossible`);
});

interface Listed {
  principal: string;
  key: string;
  use: string[];
  administer: string[];
  delegate: string[];
  paths: { by: string; when?: string[]; unless?: string[] }[];
}

test("claviger access lists users, roles, services, strangers and grantees, by path and condition", async () => {
  await using server = await testServer();
  const account = "000000000000";
  for (const UserName of ["reader", "nobody", "grantee", "admin"])
    await iam(server).send(new CreateUserCommand({ UserName }));
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
  });
  await iam(server).send(new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument }));
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Read",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: { StringEquals: { "kms:EncryptionContext:dept": "hr" } },
      },
    ],
  });
  await iam(server).send(new PutUserPolicyCommand({ UserName: "reader", PolicyName: "p", PolicyDocument: document }));
  await iam(server).send(
    new AttachUserPolicyCommand({ UserName: "admin", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
  );
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  const policy = {
    Version: "2012-10-17",
    Statement: [
      { Sid: "Account", Effect: "Allow", Principal: { AWS: account }, Action: "kms:*", Resource: "*" },
      {
        Sid: "App",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:role/app` },
        Action: "kms:Encrypt",
        Resource: "*",
      },
      {
        Sid: "Service",
        Effect: "Allow",
        Principal: { Service: "ec2.amazonaws.com" },
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
      {
        Sid: "Partner",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: ["kms:Encrypt", "kms:DisableKey"],
        Resource: "*",
      },
    ],
  };
  await kms(server).send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify(policy) }));
  await kms(server).send(new CreateAliasCommand({ AliasName: "alias/orders", TargetKeyId: KeyId }));
  await kms(server).send(
    new CreateGrantCommand({
      KeyId,
      GranteePrincipal: `arn:aws:iam::${account}:user/grantee`,
      Operations: ["Sign" as never, "Decrypt"].slice(1) as never,
      Constraints: { EncryptionContextEquals: { a: "b" } },
    }),
  );
  const ran = await claviger(["access", KeyMetadata!.Arn!, "--json", "--endpoint", server.url], {
    AWS_REGION: "eu-west-1",
  });
  assert.equal(ran.code, 0, ran.err);
  const listed = new Map(
    (JSON.parse(ran.out) as Listed[]).map((one) => [one.principal.replace(`arn:aws:iam::${account}:`, ""), one]),
  );
  assert.deepEqual(
    [...listed.keys()],
    [
      "root",
      "user/admin",
      "user/grantee",
      "user/reader",
      "role/app",
      "arn:aws:iam::111122223333:root",
      "ec2.amazonaws.com",
    ],
  );
  assert.deepEqual(listed.get("user/reader")!.use, ["Decrypt"]);
  assert.deepEqual(listed.get("user/reader")!.paths[0]!.when, ["StringEquals kms:EncryptionContext:dept hr"]);
  assert.match(
    listed.get("user/reader")!.paths[0]!.by,
    /^statement "Account" of key policy, and statement "Read" of inline policy "p"/,
  );
  assert.deepEqual(listed.get("role/app")!.use, ["Encrypt"]);
  assert.deepEqual(listed.get("user/grantee")!.paths[0]!.when, ['the grant\'s constraints {"equals":{"a":"b"}}']);
  assert.deepEqual(listed.get("arn:aws:iam::111122223333:root")!.administer, []);
  assert.deepEqual(listed.get("arn:aws:iam::111122223333:root")!.use, ["Encrypt"]);
  assert.deepEqual(listed.get("user/admin")!.delegate, ["CreateGrant", "PutKeyPolicy"]);
  const text = await claviger(["access", "alias/orders", "--endpoint", server.url], { AWS_REGION: "eu-west-1" });
  assert.match(
    text.out,
    /ec2\.amazonaws\.com\n {2}use +Decrypt\n {2}by statement "Service" of key policy\n {5}when StringEquals aws:SourceAccount 000000000000/,
  );
  const reverse = await claviger(
    ["access", "--principal", `arn:aws:iam::${account}:user/reader`, "--json", "--endpoint", server.url],
    { AWS_REGION: "eu-west-1" },
  );
  assert.deepEqual(
    (JSON.parse(reverse.out) as Listed[]).map(({ key, use }) => [key, use]),
    [[KeyMetadata!.Arn, ["Decrypt"]]],
  );
  const stranger = await claviger(["access", KeyMetadata!.Arn!, "--endpoint", server.url], {
    AWS_ACCESS_KEY_ID: "111122223333",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  assert.equal(stranger.code, 1);
  assert.ok(rootOf("1"));
});
