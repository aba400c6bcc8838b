import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, EncryptCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import { opensslMissing } from "./certificates.ts";
import { document } from "./iam-kit.ts";
import { audience, issuerHost, token } from "./issuer.ts";
import { iam, kms, rootOf, sts } from "./kit.ts";
import { refused } from "./refused.ts";
import { credentialsOf, newRole, roleArn } from "./sts-kit.ts";
import { ours, providerArn, scene, trust } from "./web-identity-stage.ts";

const skip = opensslMissing;

test("a session may do what its role may, as its subject, within its session policy", { skip }, async () => {
  await using here = await scene();
  const { server, issuer, assume } = here;
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  const Condition = {
    StringEquals: {
      "kms:EncryptionContext:owner": `\${${issuerHost}:sub}`,
      [`${issuerHost}:aud`]: audience,
      "aws:FederatedProvider": providerArn,
    },
  };
  await iam(server).send(
    new PutRolePolicyCommand({
      RoleName: "web",
      PolicyName: "all",
      PolicyDocument: document("kms:Encrypt", { Condition }),
    }),
  );
  const encrypt = (answer: Awaited<ReturnType<typeof assume>>, owner: string) =>
    kms(server, credentialsOf(answer.Credentials!)).send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from("x"), EncryptionContext: { owner } }),
    );
  await encrypt(await assume(token(issuer)), "repo:a/b");
  await assert.rejects(encrypt(await assume(token(issuer)), "repo:a/c"), refused("AccessDeniedException"));
  // A subject with wildcards or variables in it stands for itself.
  for (const sub of ["repo:a/*", "repo:a/${aws:username}"]) {
    const strange = await assume(token(issuer, { sub }));
    await encrypt(strange, sub);
    await assert.rejects(encrypt(strange, "repo:a/b"), refused("AccessDeniedException"), sub);
  }
  const input = { RoleArn: roleArn("web"), RoleSessionName: "build", WebIdentityToken: token(issuer) };
  const limited = await sts(server).send(
    new AssumeRoleWithWebIdentityCommand({ ...input, Policy: document("kms:ListKeys") }),
  );
  assert.ok(limited.PackedPolicySize! > 0);
  await assert.rejects(encrypt(limited, "repo:a/b"), refused("AccessDeniedException", /no session policy allows/));
  const keys = kms(server, credentialsOf(limited.Credentials!)).send(new ListKeysCommand({}));
  await assert.rejects(keys, refused("AccessDeniedException", /no identity-based policy allows/));
  const long = new AssumeRoleWithWebIdentityCommand({ ...input, DurationSeconds: 3601 });
  await assert.rejects(sts(server).send(long), refused("ValidationError", /exceeds the MaxSessionDuration/));
});

test("tags and the source identity that the issuer puts in are the session's, when the role trusts them", {
  skip,
}, async () => {
  await using here = await scene();
  const { server, issuer, assume } = here;
  const all = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"];
  await newRole(server, "tagged", trust(ours, all));
  const Condition = { StringEquals: { "aws:PrincipalTag/team": "shop", "aws:SourceIdentity": "ann" } };
  const given = document("kms:ListKeys", { Condition });
  await iam(server).send(new PutRolePolicyCommand({ RoleName: "tagged", PolicyName: "all", PolicyDocument: given }));
  const tags = { "https://aws.amazon.com/tags": { principal_tags: { team: ["shop"] }, transitive_tag_keys: ["team"] } };
  const more = { ...tags, "https://aws.amazon.com/source_identity": "ann" };
  const answer = await assume(token(issuer, more), "tagged");
  assert.equal(answer.SourceIdentity, "ann");
  await kms(server, credentialsOf(answer.Credentials!)).send(new ListKeysCommand({}));
  const bare = await assume(token(issuer), "tagged");
  const keys = kms(server, credentialsOf(bare.Credentials!)).send(new ListKeysCommand({}));
  await assert.rejects(keys, refused("AccessDeniedException"));
  for (const principal_tags of [
    { "": ["x"] },
    { "a*": ["x"] },
    { a: ["*"] },
    { a: ["x", "y"] },
    { a: ["${aws:userid}"] },
  ])
    await assert.rejects(
      assume(token(issuer, { "https://aws.amazon.com/tags": { principal_tags } }), "tagged"),
      refused("InvalidIdentityTokenException"),
      JSON.stringify(principal_tags),
    );
  const reserved = { "https://aws.amazon.com/tags": { principal_tags: { "aws:x": ["y"] } } };
  await assert.rejects(assume(token(issuer, reserved), "tagged"), refused("InvalidParameterValue"));
});

test("a provider vouches for roles of its own account that name it, and for no others", { skip }, async () => {
  await using here = await scene();
  const { server, issuer } = here;
  const other = "111122223333";
  const admin = iam(server, rootOf(other));
  // Another account's role trusts this account's provider: its own account has none.
  const made = { RoleName: "web", AssumeRolePolicyDocument: trust(ours) };
  await admin.send(new CreateRoleCommand(made));
  const input = {
    RoleArn: `arn:aws:iam::${other}:role/web`,
    RoleSessionName: "build",
    WebIdentityToken: token(issuer),
  };
  const assume = () => sts(server).send(new AssumeRoleWithWebIdentityCommand(input));
  await assert.rejects(assume(), refused("InvalidIdentityTokenException", /^No OpenIDConnect provider found/));
  await admin.send(new CreateOpenIDConnectProviderCommand({ Url: `https://${issuerHost}`, ClientIDList: [audience] }));
  await assert.rejects(assume(), refused("AccessDenied", /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/));
});
