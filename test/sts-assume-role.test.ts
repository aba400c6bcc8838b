import assert from "node:assert/strict";
import { test } from "node:test";
import { CreatePolicyCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { document, newUser, trusting } from "./iam-kit.ts";
import { iam, kms, root, rootOf, sts, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { account, allowUser, assume, newRole, roleArn, trustingFor, whoIs } from "./sts-kit.ts";

test("durations: the role's own most, an hour when chained, and never by root", async () => {
  await using server = await testServer();
  const user = await newUser(server, "ann");
  await allowUser(server, "ann", "sts:*");
  await newRole(server, "long", undefined, 7200);
  await assume(server, user, "long", { DurationSeconds: 7200 });
  await assert.rejects(
    assume(server, user, "long", { DurationSeconds: 7201 }),
    refused("ValidationError", /^The requested DurationSeconds exceeds the MaxSessionDuration set for this role\.$/),
  );
  const session = await assume(server, user, "long");
  await assume(server, session, "long", { DurationSeconds: 3600 });
  await assert.rejects(
    assume(server, session, "long", { DurationSeconds: 3601 }),
    refused("ValidationError", /exceeds the 1 hour session limit for roles assumed by role chaining$/),
  );
  await assert.rejects(
    assume(server, root, "long"),
    refused("AccessDenied", /^Roles may not be assumed by root accounts\.$/),
  );
  await assert.rejects(
    assume(server, user, "long", { SerialNumber: `arn:aws:iam::${account}:mfa/ann`, TokenCode: "123456" }),
    refused("AccessDenied", /^MultiFactorAuthentication failed/),
  );
});

test("session policies only take away, and are checked", async () => {
  await using server = await testServer();
  const user = await newUser(server, "ann");
  await allowUser(server, "ann", "sts:AssumeRole");
  await newRole(server, "role");
  const limited = await assume(server, user, "role", { Policy: document("kms:ListKeys") });
  await kms(server, limited).send(new ListKeysCommand({}));
  await assert.rejects(
    kms(server, limited).send(new CreateKeyCommand({})),
    refused("AccessDeniedException", /because no session policy allows the kms:CreateKey action/),
  );
  const made = await iam(server).send(
    new CreatePolicyCommand({ PolicyName: "mine", PolicyDocument: document("kms:ListKeys") }),
  );
  const arn = made.Policy!.Arn!;
  const byArn = await assume(server, user, "role", { PolicyArns: [{ arn }] });
  await kms(server, byArn).send(new ListKeysCommand({}));
  await assert.rejects(kms(server, byArn).send(new CreateKeyCommand({})), refused("AccessDeniedException"));
  await assert.rejects(assume(server, user, "role", { Policy: "{" }), refused("MalformedPolicyDocumentException"));
  const foreign = `arn:aws:iam::111122223333:policy/mine`;
  for (const unknown of [foreign, `${arn}x`])
    await assert.rejects(assume(server, user, "role", { PolicyArns: [{ arn: unknown }] }), refused("ValidationError"));
  await assert.rejects(
    assume(server, user, "role", { Policy: document("kms:*", { Sid: "a".repeat(2048) }) }),
    refused("PackedPolicyTooLargeException"),
  );
  const input = { RoleArn: roleArn("role"), RoleSessionName: "session" };
  const sized = await sts(server, user).send(new AssumeRoleCommand({ ...input, Policy: document("kms:*") }));
  assert.ok(sized.PackedPolicySize! > 0 && sized.PackedPolicySize! < 100);
  const plain = await sts(server, user).send(new AssumeRoleCommand(input));
  assert.equal(plain.PackedPolicySize, undefined);
});

test("a deputy across accounts needs both sides and the external id", async () => {
  await using server = await testServer();
  const other = rootOf("111122223333");
  const user = await newUser(server, "ann", other);
  const trust = trustingFor(
    "sts:AssumeRole",
    { Condition: { StringEquals: { "sts:ExternalId": "customer-7" }, StringLike: { "sts:RoleSessionName": "ann-*" } } },
    "111122223333",
  );
  await newRole(server, "deputy", trust);
  const good = { ExternalId: "customer-7", RoleSessionName: "ann-1" };
  await assert.rejects(assume(server, user, "deputy", good), refused("AccessDenied"));
  await iam(server, other).send(
    new PutUserPolicyCommand({ UserName: "ann", PolicyName: "given", PolicyDocument: document("sts:AssumeRole") }),
  );
  assert.equal(
    await whoIs(server, await assume(server, user, "deputy", good)),
    `arn:aws:sts::${account}:assumed-role/deputy/ann-1`,
  );
  for (const bad of [
    { RoleSessionName: "ann-1" },
    { ...good, ExternalId: "Customer-7" },
    { ...good, RoleSessionName: "bob-1" },
  ])
    await assert.rejects(assume(server, user, "deputy", bad), refused("AccessDenied"), JSON.stringify(bad));
});

test("in one account a user that is named needs no policy of its own", async () => {
  await using server = await testServer();
  const user = await newUser(server, "ann");
  const arn = `arn:aws:iam::${account}:user/ann`;
  await newRole(server, "named", trusting({ AWS: arn }));
  await newRole(server, "account");
  await assume(server, user, "named");
  await assert.rejects(
    assume(server, user, "account"),
    refused("AccessDenied", /^User: arn:aws:iam::000000000000:user\/ann is not authorized to perform: sts:AssumeRole/),
  );
});
