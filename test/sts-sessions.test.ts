import assert from "node:assert/strict";
import { test } from "node:test";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import * as api from "@aws-sdk/client-sts";
import { document, newUser } from "./iam-kit.ts";
import { iam, kms, root, sts, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { account, allowUser, assume, credentialsOf, newRole, trustingFor, whoIs } from "./sts-kit.ts";

const federationOf = async (client: api.STSClient, input: Partial<api.GetFederationTokenCommandInput> = {}) =>
  client.send(new api.GetFederationTokenCommand({ Name: "guest", ...input }));

test("a federated user may do what its user may and its session policy says", async () => {
  await using server = await testServer();
  const user = await newUser(server, "ann");
  await assert.rejects(federationOf(sts(server, user)), refused("AccessDenied", /sts:GetFederationToken/));
  await allowUser(server, "ann", ["sts:*", "kms:ListKeys", "iam:*"]);
  const made = await federationOf(sts(server, user), { Policy: document("kms:*") });
  assert.equal(made.FederatedUser!.FederatedUserId, `${account}:guest`);
  const guest = credentialsOf(made.Credentials!);
  assert.equal(await whoIs(server, guest), `arn:aws:sts::${account}:federated-user/guest`);
  await kms(server, guest).send(new ListKeysCommand({}));
  await assert.rejects(kms(server, guest).send(new CreateKeyCommand({})), refused("AccessDeniedException"));
  const bare = credentialsOf((await federationOf(sts(server, user))).Credentials!);
  await assert.rejects(
    kms(server, bare).send(new ListKeysCommand({})),
    refused("AccessDeniedException", /because no session policy allows/),
  );
  await newRole(server, "role");
  for (const client of [sts(server, guest)]) {
    await assert.rejects(assume(server, guest, "role"), refused("AccessDenied"));
    await assert.rejects(federationOf(client), refused("AccessDenied", /^Cannot call GetFederationToken with session/));
    await assert.rejects(client.send(new api.GetSessionTokenCommand({})), refused("AccessDenied", /^Cannot call/));
  }
  await assert.rejects(iam(server, guest).send(new ListUsersCommand({})), refused("InvalidClientTokenId"));
  const rooted = await federationOf(sts(server, root), { DurationSeconds: 129_600, Policy: document("kms:CreateKey") });
  assert.ok(rooted.Credentials!.Expiration!.getTime() <= Date.now() + 3_600_000);
  await kms(server, credentialsOf(rooted.Credentials!)).send(new CreateKeyCommand({}));
});

test("GetSessionToken's credentials call neither IAM nor more of STS than two operations", async () => {
  await using server = await testServer();
  const user = await newUser(server, "ann");
  await allowUser(server, "ann", "*");
  const { Credentials: issued } = await sts(server, user).send(new api.GetSessionTokenCommand({}));
  const session = credentialsOf(issued!);
  const client = sts(server, session);
  assert.equal(await whoIs(server, session), `arn:aws:iam::${account}:user/ann`);
  await newRole(server, "role");
  await assume(server, session, "role");
  await assert.rejects(iam(server, session).send(new ListUsersCommand({})), refused("InvalidClientTokenId"));
  const info = new api.GetAccessKeyInfoCommand({ AccessKeyId: user.accessKeyId });
  await assert.rejects(client.send(info), refused("AccessDenied", /^Cannot call GetAccessKeyInfo/));
  assert.equal((await sts(server, user).send(info)).Account, account);
  await assert.rejects(federationOf(client), refused("AccessDenied"));
});

test("tags: asked for, handed on, never overridden; the source identity stays", async () => {
  await using server = await testServer();
  const user = await newUser(server, "ann");
  await allowUser(server, "ann", ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]);
  await newRole(server, "plain");
  const all = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
  const red = { Condition: { StringEquals: { "aws:RequestTag/team": "red" } } };
  await newRole(server, "tagged", trustingFor(all));
  await newRole(server, "red", trustingFor(all, red));
  const Tags = [{ Key: "team", Value: "red" }];
  await assert.rejects(assume(server, user, "plain", { Tags }), refused("AccessDenied", /sts:TagSession/));
  await assert.rejects(
    assume(server, user, "plain", { SourceIdentity: "Ann" }),
    refused("AccessDenied", /sts:SetSourceIdentity/),
  );
  const marked = { Tags, TransitiveTagKeys: ["team"], SourceIdentity: "Ann" };
  const session = await assume(server, user, "tagged", marked);
  // What comes along needs its yes too.
  await assert.rejects(assume(server, session, "plain"), refused("AccessDenied", /sts:TagSession/));
  const next = await assume(server, session, "red");
  await assert.rejects(
    assume(server, next, "red", { Tags: [{ Key: "Team", Value: "blue" }] }),
    refused("InvalidParameterValue"),
  );
  await assert.rejects(assume(server, next, "red", { SourceIdentity: "Bob" }), refused("AccessDenied"));
  const loose = await assume(server, user, "tagged", { Tags });
  await assert.rejects(assume(server, loose, "red"), refused("AccessDenied"));
  for (const [bad, code] of [
    [{ Tags: [...Tags, { Key: "TEAM", Value: "x" }] }, "InvalidInput"],
    [{ Tags, TransitiveTagKeys: ["other"] }, "InvalidParameterValue"],
    [{ Tags: [{ Key: "aws:team", Value: "x" }] }, "InvalidParameterValue"],
  ] as const)
    await assert.rejects(assume(server, user, "tagged", bad as object), refused(code));
});
