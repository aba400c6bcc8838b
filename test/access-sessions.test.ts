import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateGrantCommand, CreateKeyCommand, EncryptCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { GetFederationTokenCommand } from "@aws-sdk/client-sts";
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { opensslMissing } from "./certificates.ts";
import { claviger } from "./cli-kit.ts";
import { document, newUser } from "./iam-kit.ts";
import { issuerHost, token } from "./issuer.ts";
import { type Credentials, iam, kms, sts, type TestServer, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { account, allowUser, assume, credentialsOf, newRole } from "./sts-kit.ts";
import { scene } from "./web-identity-stage.ts";

interface Listed {
  readonly principal: string;
  readonly use: readonly string[];
  readonly paths: readonly { by: string; when?: string[] }[];
}

async function accessTo(server: TestServer, key: string): Promise<Map<string, Listed>> {
  const ran = await claviger(["access", key, "--json", "--endpoint", server.url], { AWS_REGION: "eu-west-1" });
  assert.equal(ran.code, 0, ran.err);
  return new Map((JSON.parse(ran.out) as Listed[]).map((one) => [one.principal, one]));
}

async function keyWith(server: TestServer, ...statements: object[]): Promise<string> {
  const Statement = statements.map((one) => ({ Effect: "Allow", Action: "kms:*", Resource: "*", ...one }));
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  const made = new CreateKeyCommand({ Policy, BypassPolicyLockoutSafetyCheck: true });
  return (await kms(server).send(made)).KeyMetadata!.Arn!;
}

const encrypts = async (server: TestServer, who: Credentials, KeyId: string): Promise<unknown> =>
  kms(server, who).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));

test("federated users are listed where they may do what their user may not", async () => {
  await using server = await testServer();
  const ann = await newUser(server, "ann");
  await allowUser(server, "ann", ["kms:*", "sts:*"]);
  const guestArn = `arn:aws:sts::${account}:federated-user/guest`;
  const guests = `federated users of arn:aws:iam::${account}:user/ann`;
  const Condition = { ArnEquals: { "aws:PrincipalArn": guestArn } };
  const forGuest = await keyWith(server, { Principal: { AWS: account }, Condition });
  const forAll = await keyWith(server, { Principal: { AWS: account } });
  const named = await keyWith(server, { Principal: { AWS: guestArn }, Action: "kms:Encrypt" });
  const issue = new GetFederationTokenCommand({ Name: "guest", Policy: document("kms:*") });
  const guest = credentialsOf((await sts(server, ann).send(issue)).Credentials!);
  for (const key of [forGuest, forAll, named]) await encrypts(server, guest, key);
  await assert.rejects(encrypts(server, ann, forGuest), refused("AccessDeniedException"));
  const listed = await accessTo(server, forGuest);
  assert.ok(!listed.has(`arn:aws:iam::${account}:user/ann`));
  assert.ok(listed.get(guests)!.use.includes("Encrypt"));
  assert.match(listed.get(guests)!.paths[0]!.when!.join(), /aws:PrincipalArn/);
  const open = await accessTo(server, forAll);
  assert.ok(open.has(`arn:aws:iam::${account}:user/ann`) && !open.has(guests));
  assert.deepEqual((await accessTo(server, named)).get(guestArn)!.use, ["Encrypt"]);
});

test("a web identity's session is its role's, on conditions of its issuer; a service's grant is a path", {
  skip: opensslMissing,
}, async () => {
  await using here = await scene();
  const { server, issuer, assume: assumeWeb } = here;
  const key = await keyWith(server, { Principal: { AWS: account } });
  const Condition = { StringEquals: { [`${issuerHost}:sub`]: "repo:a/b" } };
  const given = { RoleName: "web", PolicyName: "all", PolicyDocument: document("kms:Encrypt", { Condition }) };
  await iam(server).send(new PutRolePolicyCommand(given));
  await encrypts(server, credentialsOf((await assumeWeb(token(issuer))).Credentials!), key);
  const SourceArn = `arn:aws:ec2:eu-west-1:${account}:volume/vol-1`;
  const grant = {
    KeyId: key,
    GranteeServicePrincipal: "ec2.amazonaws.com",
    RetiringServicePrincipal: "ec2.amazonaws.com",
    Operations: ["Decrypt" as const],
    Constraints: { SourceArn },
  };
  const { GrantId } = await kms(server).send(new CreateGrantCommand(grant));
  const listed = await accessTo(server, key);
  const web = listed.get(`arn:aws:iam::${account}:role/web`)!;
  assert.deepEqual(web.use, ["Encrypt"]);
  assert.match(web.paths[0]!.when!.join(), /issuer\.test:sub repo:a\/b/);
  const { use, paths } = listed.get("ec2.amazonaws.com")!;
  assert.deepEqual(use, ["Decrypt"]);
  assert.ok(paths[0]!.by.includes(GrantId!));
  assert.ok(paths[0]!.when!.join().includes(SourceArn));
});

test("explain says why a guest, a session and a web identity were denied", { skip: opensslMissing }, async () => {
  await using here = await scene();
  const { server, issuer, assume: assumeWeb } = here;
  const explained = async (): Promise<any> => {
    const ran = await claviger(["explain", "--last", "--json", "--endpoint", server.url], { AWS_REGION: "eu-west-1" });
    assert.equal(ran.code, 0, ran.err);
    return JSON.parse(ran.out);
  };
  const ann = await newUser(server, "ann");
  await allowUser(server, "ann", ["kms:*", "sts:*"]);
  const bare = credentialsOf(
    (await sts(server, ann).send(new GetFederationTokenCommand({ Name: "guest" }))).Credentials!,
  );
  await assert.rejects(kms(server, bare).send(new ListKeysCommand({})), refused("AccessDeniedException"));
  const guest = await explained();
  assert.equal(guest.principal, `arn:aws:sts::${account}:federated-user/guest`);
  assert.deepEqual(guest.because, { effect: "implicit deny", type: "session policy" });
  await newRole(server, "limited");
  const session = await assume(server, ann, "limited", { Policy: document("kms:ListAliases") });
  await assert.rejects(kms(server, session).send(new ListKeysCommand({})), refused("AccessDeniedException"));
  assert.equal((await explained()).because.type, "session policy");
  await assert.rejects(assumeWeb(token(issuer, { sub: "repo:b/b" })), refused("AccessDenied"));
  const web = await explained();
  assert.match(web.principal, /:oidc-provider\/issuer\.test:client-1:repo:b\/b$/);
  assert.equal(web.because.type, "role trust policy");
  const [statement] = web.considered;
  assert.deepEqual([statement.principal, statement.applies], [true, false]);
  const failing = statement.conditions.find(({ holds }: { holds: boolean }) => !holds);
  assert.deepEqual([failing.key, failing.saw], [`${issuerHost}:sub`, "repo:b/b"]);
});
