import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { test } from "node:test";
import { CreateOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import { opensslMissing } from "./certificates.ts";
import { audience, claims, es256, issuerHost, jwk, part, rs256, token } from "./issuer.ts";
import { iam, sts, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { account, newRole, roleArn } from "./sts-kit.ts";
import { providerArn, scene, trust } from "./web-identity-stage.ts";

const skip = opensslMissing;
const invalid = refused("InvalidIdentityTokenException");

test("what a token's header says of keys is not believed", { skip }, async () => {
  await using here = await scene();
  const { issuer, assume } = here;
  const strange = { publicKey: issuer.ec.publicKey, privateKey: issuer.ec.privateKey };
  for (const header of [
    { alg: "RS256", kid: "../../../../dev/null" },
    { alg: "RS256", kid: "rsa' UNION SELECT 'key" },
    { alg: "RS256", kid: ["rsa"] },
    { alg: "RS256", kid: "__proto__" },
    { alg: "RS256", kid: "RSA" },
    { alg: "RS256", kid: "rsa", crit: ["exp"] },
    { alg: "rs256", kid: "rsa" },
    { alg: "None" },
    { alg: "HS256", kid: "rsa", jwk: jwk(strange, "rsa") },
    { alg: "PS256", kid: "rsa" },
    { alg: "EdDSA", kid: "rsa" },
  ])
    await assert.rejects(assume(token(issuer, {}, header)), invalid, JSON.stringify(header));
  // Its own key in the header, an address to fetch one from: neither is looked at, the issuer's key decides.
  const { length: before } = issuer.asked;
  const forged = { ...es256, jwk: jwk(strange, "ec"), jku: "https://evil.test/keys", x5u: "https://evil.test/x" };
  await assume(token(issuer, {}, forged));
  assert.ok(issuer.asked.slice(before).every((path) => ["/.well-known/openid-configuration", "/keys"].includes(path)));
});

test("signatures that are none, in the wrong form or of other bytes are refused", { skip }, async () => {
  await using here = await scene();
  const { issuer, assume } = here;
  const text = `${part(es256)}.${part(claims())}`;
  const der = sign("sha256", Buffer.from(text), issuer.ec.privateKey);
  const [, , good = ""] = token(issuer).split(".");
  for (const [name, signature] of [
    ["zeros", Buffer.alloc(64)],
    ["in DER", der],
    ["short", Buffer.alloc(63, 1)],
    ["long", Buffer.alloc(16_00, 1)],
  ] as const)
    await assert.rejects(assume(`${text}.${signature.toString("base64url")}`), invalid, name);
  const rsa = `${part(rs256)}.${part(claims({ jti: "x" }))}`;
  for (const bad of [`${rsa}.${good}`, `${rsa}.`, rsa, `${rsa}.${good}.`, `${rsa}.${good}=`, ` ${token(issuer)}`])
    await assert.rejects(assume(bad), invalid, bad.slice(-20));
});

test("times and names of another kind are refused, and huge tokens in a moment", { skip }, async () => {
  await using here = await scene();
  const { issuer, assume } = here;
  const now = Math.floor(Date.now() / 1000);
  for (const more of [
    { exp: String(now + 600) },
    { exp: null },
    { exp: undefined },
    { iat: undefined },
    { iat: "now" },
    { nbf: String(now) },
    { aud: undefined },
    { aud: [] },
    { aud: { 0: audience } },
    { aud: `${audience} ` },
    { aud: audience.toUpperCase() },
    { sub: ["repo:a/b"] },
    { sub: "" },
    { iss: `http://${issuerHost}` },
    { iss: `https://${issuerHost}/` },
    { iss: `https://${issuerHost.toUpperCase()}` },
    { iss: `https://x@${issuerHost}` },
    { iss: `https://${issuerHost}#` },
    { iss: undefined },
  ])
    await assert.rejects(assume(token(issuer, more)), invalid, JSON.stringify(more));
  await assert.rejects(assume(token(issuer, { exp: -1 })), refused("ExpiredTokenException"));
  await assert.rejects(assume(token(issuer, { iat: 1e300 })), refused("IDPRejectedClaimException"));
  await assert.rejects(assume("a".repeat(20_001)), refused("ValidationError"));
  await assert.rejects(assume(`${".".repeat(19_990)}`), invalid);
  const deep = `${'{"a":'.repeat(3000)}1${"}".repeat(3000)}`.slice(0, 14_000);
  await assert.rejects(
    assume(`${part(rs256)}.${Buffer.from(deep).toString("base64url").slice(0, 19_000)}.AA`),
    invalid,
  );
  // A subject is compared as it is: no wildcard of its own, no case, no look-alike.
  for (const sub of ["*", "repo:*", "REPO:a/b", "repo:\u0430/b", "${aws:userid}"])
    await assert.rejects(assume(token(issuer, { sub })), refused("AccessDenied"), sub);
});

test("keys come from the issuer's address alone: no redirect, no private address", { skip }, async () => {
  await using here = await scene();
  const { issuer, assume } = here;
  const { "/keys": keys, "/.well-known/openid-configuration": about } = issuer.documents;
  const fails = refused("IDPCommunicationErrorException");
  issuer.documents["/moved"] = keys;
  issuer.documents["/keys"] = { location: `https://${issuerHost}/moved` };
  await assert.rejects(assume(token(issuer)), fails);
  assert.ok(!issuer.asked.includes("/moved"));
  for (const jwks_uri of [
    "http://169.254.169.254/latest/meta-data",
    "https://127.0.0.1/keys",
    `https://127.0.0.1:${issuer.port}/keys`,
    "https://[::1]/keys",
    "https://localhost/keys",
    "file:///etc/passwd",
  ]) {
    issuer.documents["/.well-known/openid-configuration"] = { ...(about as object), jwks_uri };
    await assert.rejects(assume(token(issuer)), fails, jwks_uri);
  }
  issuer.documents["/.well-known/openid-configuration"] = { ...(about as object), issuer: `https://${issuerHost}/` };
  await assert.rejects(assume(token(issuer)), invalid);
  issuer.documents["/.well-known/openid-configuration"] = about;
  issuer.documents["/keys"] = { keys: "x".repeat(300_000) };
  await assert.rejects(assume(token(issuer)), fails);
  issuer.documents["/keys"] = keys;
  await assume(token(issuer));
  // Without the operator's table a private address is nobody's issuer.
  await using other = await testServer();
  const Url = "https://127.0.0.1";
  await iam(other).send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: [audience] }));
  const Principal = { Federated: `arn:aws:iam::${account}:oidc-provider/127.0.0.1` };
  await newRole(other, "web", trust({}).replaceAll(providerArn, Principal.Federated));
  const input = { RoleArn: roleArn("web"), RoleSessionName: "build", WebIdentityToken: token(issuer, { iss: Url }) };
  await assert.rejects(sts(other).send(new AssumeRoleWithWebIdentityCommand(input)), fails);
});
