import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { promisify } from "node:util";
import * as iamApi from "@aws-sdk/client-iam";
import { opensslMissing } from "./certificates.ts";
import { withoutCli } from "./aws-cli.ts";
import { records } from "./iam-kit.ts";
import { audience, es256, jwk, rs256, token } from "./issuer.ts";
import { iam } from "./kit.ts";
import { refused } from "./refused.ts";
import { account, credentialsOf, newRole, roleArn, whoIs } from "./sts-kit.ts";
import { folder, providerArn, scene } from "./web-identity-stage.ts";

test("a token of a real issuer opens a session, whose keys are fetched once", { skip: opensslMissing }, async () => {
  await using here = await scene();
  const { server, issuer, assume } = here;
  for (const header of [rs256, es256, { alg: "RS256" }]) {
    const answer = await assume(token(issuer, {}, header));
    assert.equal(answer.SubjectFromWebIdentityToken, "repo:a/b");
    assert.deepEqual([answer.Provider, answer.Audience], [providerArn, audience]);
    const session = credentialsOf(answer.Credentials!);
    assert.equal(await whoIs(server, session), `arn:aws:sts::${account}:assumed-role/web/build`);
  }
  assert.deepEqual(issuer.asked, ["/.well-known/openid-configuration", "/keys"]);
  const all = await records(server);
  const record = all.find(({ eventName }) => eventName === "AssumeRoleWithWebIdentity")!;
  const { eventTime: _time, eventID: _id, requestID: _request, userAgent: _agent, ...told } = record;
  const { assumedRoleUser, credentials } = told["responseElements"];
  assert.deepEqual(told, {
    eventVersion: "1.11",
    userIdentity: {
      type: "WebIdentityUser",
      principalId: `${providerArn}:${audience}:repo:a/b`,
      userName: "repo:a/b",
      identityProvider: providerArn,
    },
    eventSource: "sts.amazonaws.com",
    eventName: "AssumeRoleWithWebIdentity",
    awsRegion: "us-east-1",
    sourceIPAddress: "127.0.0.1",
    requestParameters: { roleArn: roleArn("web"), roleSessionName: "build" },
    responseElements: {
      credentials: { accessKeyId: credentials.accessKeyId, expiration: credentials.expiration },
      subjectFromWebIdentityToken: "repo:a/b",
      assumedRoleUser: {
        assumedRoleId: assumedRoleUser.assumedRoleId,
        arn: `arn:aws:sts::${account}:assumed-role/web/build`,
      },
      provider: providerArn,
      audience,
    },
    readOnly: true,
    resources: [{ ARN: roleArn("web"), accountId: account, type: "AWS::IAM::Role" }],
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
  });
  assert.ok(!JSON.stringify(all).includes(token(issuer).split(".")[0]!));
  const { userIdentity } = all.find(({ eventName }) => eventName === "GetCallerIdentity")!;
  assert.equal(userIdentity.sessionContext.webIdFederationData.federatedProvider, providerArn);
});

test("what is not the issuer's word for this account is refused", { skip: opensslMissing }, async () => {
  await using here = await scene();
  const { server, issuer, assume } = here;
  const now = Math.floor(Date.now() / 1000);
  const good = token(issuer);
  const [header = "", , signature = ""] = good.split(".");
  const other = token(issuer, { sub: "repo:a/evil" }).split(".")[1]!;
  const bad: [string, string, string][] = [
    ["payload swapped", `${header}.${other}.${signature}`, "InvalidIdentityTokenException"],
    ["no algorithm", token(issuer, {}, { alg: "none" }), "InvalidIdentityTokenException"],
    ["no algorithm, signed", `${token(issuer, {}, { alg: "none" })}AA`, "InvalidIdentityTokenException"],
    ["public key as secret", token(issuer, {}, { alg: "HS256", kid: "rsa" }), "InvalidIdentityTokenException"],
    ["key of another type", token(issuer, {}, { alg: "ES256", kid: "rsa" }), "InvalidIdentityTokenException"],
    ["unknown key", token(issuer, {}, { alg: "RS256", kid: "gone" }), "InvalidIdentityTokenException"],
    ["another audience", token(issuer, { aud: "other" }), "InvalidIdentityTokenException"],
    ["issued to another", token(issuer, { azp: "other" }), "InvalidIdentityTokenException"],
    ["two audiences, none named", token(issuer, { aud: [audience, "b"] }), "InvalidIdentityTokenException"],
    ["another issuer", token(issuer, { iss: "https://evil.test" }), "InvalidIdentityTokenException"],
    ["no subject", token(issuer, { sub: undefined }), "InvalidIdentityTokenException"],
    ["expired", token(issuer, { exp: now - 1 }), "ExpiredTokenException"],
    ["not yet", token(issuer, { nbf: now + 3600 }), "IDPRejectedClaimException"],
    ["no token", "a.b.c.d", "InvalidIdentityTokenException"],
    [
      "tags that are none",
      token(issuer, { "https://aws.amazon.com/tags": { principal_tags: 7 } }),
      "InvalidIdentityTokenException",
    ],
    ["another subject", token(issuer, { sub: "repo:b/b" }), "AccessDenied"],
    [
      "tags untrusted",
      token(issuer, { "https://aws.amazon.com/tags": { principal_tags: { a: ["b"] } } }),
      "AccessDenied",
    ],
  ];
  for (const [name, text, code] of bad) await assert.rejects(assume(text), refused(code), name);
  await assert.rejects(
    assume(good, "nobody"),
    refused("AccessDenied", /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/),
  );
  // A role that trusts its account does not trust whoever the account's issuers vouch for.
  await newRole(server, "plain");
  await assert.rejects(assume(good, "plain"), refused("AccessDenied"));
  const session = credentialsOf((await assume(good)).Credentials!);
  await iam(server).send(new iamApi.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }));
  await assert.rejects(assume(good), refused("InvalidIdentityTokenException", /^No OpenIDConnect provider found/));
  assert.ok(await whoIs(server, session));
});

test("an issuer that does not answer, or answers for another", { skip: opensslMissing }, async () => {
  await using here = await scene();
  const { issuer, assume } = here;
  const { "/keys": keys } = issuer.documents;
  delete issuer.documents["/keys"];
  await assert.rejects(assume(token(issuer)), refused("IDPCommunicationErrorException"));
  issuer.documents["/keys"] = { keys: [jwk(generateKeyPairSync("rsa", { modulusLength: 1024 }), "rsa"), null, 7] };
  await assert.rejects(assume(token(issuer)), refused("InvalidIdentityTokenException", /^Couldn't retrieve/));
  issuer.documents["/keys"] = keys;
  await using fresh = await scene();
  fresh.issuer.documents["/.well-known/openid-configuration"] = { issuer: "https://evil.test", jwks_uri: "x" };
  await assert.rejects(fresh.assume(token(fresh.issuer)), refused("InvalidIdentityTokenException"));
});

test("the AWS CLI comes without credentials", { skip: opensslMissing || withoutCli }, async () => {
  await using here = await scene();
  const { server, issuer } = here;
  const args = ["sts", "assume-role-with-web-identity", "--role-arn", roleArn("web"), "--role-session-name", "build"];
  const { stdout } = await promisify(execFile)(
    "aws",
    [...args, "--web-identity-token", token(issuer), "--endpoint-url", server.url, "--region", "us-east-1"],
    { env: { PATH: process.env["PATH"], HOME: folder } },
  );
  assert.equal(JSON.parse(stdout).AssumedRoleUser.Arn, `arn:aws:sts::${account}:assumed-role/web/build`);
});
