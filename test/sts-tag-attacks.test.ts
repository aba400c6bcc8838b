import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { PutRolePolicyCommand, PutUserPolicyCommand, TagUserCommand } from "@aws-sdk/client-iam";
import { ListKeysCommand } from "@aws-sdk/client-kms";
import type { AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { document, newUser } from "./iam-kit.ts";
import { type Credentials, iam, kms, type TestServer, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { account, allowUser, assume, newRole, trustingFor, whoIs } from "./sts-kit.ts";

const all = ["sts:AssumeRole", "sts:TagSession"];

async function staged(server: TestServer, trust: string = trustingFor(all)): Promise<Credentials> {
  const user = await newUser(server, "ann");
  await allowUser(server, "ann", all);
  await newRole(server, "role", trust);
  return user;
}

const mayList = (server: TestServer, session: Credentials): Promise<boolean> =>
  kms(server, session)
    .send(new ListKeysCommand({}))
    .then(
      () => true,
      (error: Error) => refused("AccessDeniedException")(error) && false,
    );

test("a tag key that only looks like another is another, to the rule on keys and to the tag alike", async () => {
  await using server = await testServer();
  const user = await staged(server);
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: all, Resource: "*" },
      {
        Effect: "Deny",
        Action: "sts:TagSession",
        Resource: "*",
        Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": ["key", "Key", "KEY"] } },
      },
    ],
  });
  await iam(server).send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "given", PolicyDocument }));
  const Condition = { StringEquals: { "aws:PrincipalTag/key": "admin" } };
  const given = document("kms:ListKeys", { Condition });
  await iam(server).send(new PutRolePolicyCommand({ RoleName: "role", PolicyName: "all", PolicyDocument: given }));
  for (const Key of ["key", "Key", "KEY"])
    await assert.rejects(assume(server, user, "role", { Tags: [{ Key, Value: "admin" }] }), refused("AccessDenied"));
  for (const Key of ["\u212Aey", "kеy", "key ", "key/"]) {
    const session = await assume(server, user, "role", { Tags: [{ Key, Value: "admin" }] });
    assert.equal(await mayList(server, session), false, Key);
  }
});

test("values that would be wildcards or variables are no values of tags, names or external ids", async () => {
  await using server = await testServer();
  const user = await staged(server);
  const invalid = refused("ValidationError");
  for (const bad of ["*", "a?", "${aws:userid}", "a\0", "<a>", 'a"'])
    for (const more of [
      { Tags: [{ Key: "team", Value: bad }] },
      { Tags: [{ Key: bad, Value: "x" }] },
      { RoleSessionName: `a${bad}` },
      { ExternalId: `a${bad}` },
      { SourceIdentity: `a${bad}` },
    ])
      await assert.rejects(assume(server, user, "role", more), invalid, JSON.stringify(more));
  const tagged = new TagUserCommand({ UserName: "ann", Tags: [{ Key: "team", Value: "*" }] });
  await assert.rejects(iam(server).send(tagged), invalid);
  for (const RoleSessionName of ["a", "a/b", "a:b", "a b", "x".repeat(65), "role/other", "größe"])
    await assert.rejects(assume(server, user, "role", { RoleSessionName }), invalid, RoleSessionName);
});

test("limits of tags and policies, and how much of them is used", async () => {
  await using server = await testServer();
  const user = await staged(server);
  const tags = (count: number, value = "v") =>
    Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: value }));
  const asked = (more: Partial<AssumeRoleCommandInput>, by = user) => assume(server, by, "role", more);
  await assert.rejects(asked({ Tags: tags(51) }), refused("ValidationError"));
  await assert.rejects(asked({ Tags: [{ Key: "k".repeat(129), Value: "v" }] }), refused("ValidationError"));
  await assert.rejects(asked({ Tags: tags(1, "v".repeat(257)) }), refused("ValidationError"));
  const Tags = tags(50);
  const session = await asked({ Tags, TransitiveTagKeys: Tags.map(({ Key }) => Key) });
  // Those that come along count.
  await assert.rejects(asked({ Tags: [{ Key: "one", Value: "more" }] }, session), refused("InvalidParameterValue"));
  const next = await asked({}, session);
  await assert.rejects(asked({ Tags: [{ Key: "K7", Value: "mine" }] }, next), refused("InvalidParameterValue"));
  const noise = Array.from({ length: 40 }, (_, index) => ({
    Key: `k${index}`,
    Value: randomBytes(120).toString("hex"),
  }));
  await assert.rejects(asked({ Tags: noise }), refused("PackedPolicyTooLargeException", /Packed size of session tags/));
  const arns = Array.from({ length: 11 }, () => ({ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }));
  await assert.rejects(asked({ PolicyArns: arns }), /ValidationError|PackedPolicyTooLarge/);
});

test("a role and an external id are what they are to the letter", async () => {
  await using server = await testServer();
  const Condition = { StringEquals: { "sts:ExternalId": "Customer-*" } };
  const user = await staged(server, trustingFor(all, { Condition }));
  const asked = (more: Partial<AssumeRoleCommandInput>) => assume(server, user, "role", more);
  for (const ExternalId of ["Customer-7", "customer-", "Customer-", undefined])
    await assert.rejects(asked(ExternalId === undefined ? {} : { ExternalId }), refused("AccessDenied"));
  await newRole(server, "open", trustingFor(all));
  assert.match(await whoIs(server, await assume(server, user, "open")), /assumed-role\/open\/session$/);
  for (const name of ["OPEN", "open2", "x/open", "ope?", "*"])
    await assert.rejects(assume(server, user, name), refused("AccessDenied"), name);
  for (const arn of [
    `arn:aws:iam::${account}:user/open`,
    "open".repeat(6),
    `arn:aws:sts::${account}:assumed-role/open/a`,
  ])
    await assert.rejects(assume(server, user, "", { RoleArn: arn }), refused("ValidationError"), arn);
  await assert.rejects(
    assume(server, user, "", { RoleArn: `arn:aws:iam::111122223333:role/open` }),
    refused("AccessDenied"),
  );
});
