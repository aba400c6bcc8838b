import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { opensslMissing } from "./certificates.ts";
import { ran, type TemporaryFolder, temporaryFolder } from "./cli-kit.ts";
import { newUser } from "./iam-kit.ts";
import { issuerHost, token } from "./issuer.ts";
import { type Credentials, type TestServer, testServer } from "./kit.ts";
import { awsCliMissing, awsEnvironment, boto3Missing } from "./outside-programs.ts";
import { sealAuthorizationMessage } from "../src/identity/authorization-message.ts";
import { account, allowUser, newRole, roleArn, trustingFor } from "./sts-kit.ts";
import { scene } from "./web-identity-stage.ts";

/** The environment of somebody who has files and no more. */
function withFiles(server: TestServer, folder: TemporaryFolder, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = awsEnvironment(server);
  const files = {
    AWS_CONFIG_FILE: join(folder.path, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder.path, "credentials"),
    HOME: folder.path,
  };
  return { ...rest, ...files, ...more };
}

/** How people assume roles: profiles in two files. */
function writeProfiles(folder: TemporaryFolder, { accessKeyId, secretAccessKey }: Credentials): void {
  writeFileSync(
    join(folder.path, "credentials"),
    `[base]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  const role = `role_arn = ${roleArn("deputy")}\nsource_profile = base\nrole_session_name = from-a-file\n`;
  writeFileSync(
    join(folder.path, "config"),
    `[profile base]\nregion = eu-west-1\n
[profile deputy]\n${role}external_id = customer-7\nduration_seconds = 900\n
[profile chained]\nrole_arn = ${roleArn("next")}\nsource_profile = deputy\nrole_session_name = again\n
[profile stranger]\n${role}external_id = customer-8\n
[profile long]\n${role}external_id = customer-7\nduration_seconds = 7200\n`,
  );
}

async function deputies(server: TestServer): Promise<Credentials> {
  const user = await newUser(server, "ann");
  await allowUser(server, "ann", ["sts:*", "kms:*"]);
  const Condition = { StringEquals: { "sts:ExternalId": "customer-7" } };
  await newRole(server, "deputy", trustingFor("sts:AssumeRole", { Condition }));
  await newRole(server, "next");
  return user;
}

const sessionArn = (role: string, session: string): string => `arn:aws:sts::${account}:assumed-role/${role}/${session}`;

test("the AWS CLI assumes the roles of its profiles, chained too, and says why when it may not", {
  skip: awsCliMissing,
}, async () => {
  await using server = await testServer();
  using folder = temporaryFolder();
  writeProfiles(folder, await deputies(server));
  const env = withFiles(server, folder);
  const aws = (...words: string[]) => ran("aws", [...words, "--output", "json"], env);
  const who = async (profile: string) => aws("sts", "get-caller-identity", "--profile", profile);
  for (const [profile, arn] of [["chained", sessionArn("next", "again")]] as const) {
    const { code, out, err } = await who(profile);
    assert.deepEqual([code, err], [0, ""], profile);
    assert.equal(JSON.parse(out).Arn, arn);
  }
  const stranger = await who("stranger");
  assert.match(
    stranger.err,
    /\(AccessDenied\) when calling the AssumeRole operation: User: arn:aws:iam::.*user\/ann is not/,
  );
  const long = await who("long");
  assert.match(
    long.err,
    /\(ValidationError\) when calling the AssumeRole operation: The requested DurationSeconds exceeds/,
  );
  const federated = await aws("sts", "get-federation-token", "--name", "guest", "--profile", "base");
  assert.equal(JSON.parse(federated.out).FederatedUser.Arn, `arn:aws:sts::${account}:federated-user/guest`);
  const message = sealAuthorizationMessage(server.house.seal, account, { allowed: false });
  const decode = (text: string) =>
    aws("sts", "decode-authorization-message", "--encoded-message", text, "--profile", "base");
  assert.equal(JSON.parse(JSON.parse((await decode(message)).out).DecodedMessage).allowed, false);
  assert.match((await decode("x")).err, /\(InvalidAuthorizationMessageException\).*: Message is not valid/);
});

const script = `
import boto3, json, os, sys
def who(session): return session.client("sts").get_caller_identity()["Arn"]
print(who(boto3.Session(profile_name="deputy")))
print(who(boto3.Session(profile_name="chained")))
for profile in ("stranger", "long"):
    try:
        who(boto3.Session(profile_name=profile))
        print("assumed")
    except Exception as error:
        print(error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
sts = boto3.Session(profile_name="base").client("sts")
def of(issued): return boto3.Session(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"], region_name="eu-west-1")
policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]})
federated = sts.get_federation_token(Name="guest", Policy=policy, Tags=[{"Key": "team", "Value": "shop"}])
assert 0 < federated["PackedPolicySize"] < 100
guest = of(federated["Credentials"])
print(who(guest))
assert guest.client("kms").list_keys()["Keys"] == []
try:
    guest.client("kms").create_key()
    print("created")
except guest.client("kms").exceptions.ClientError as error:
    print(error.response["Error"]["Code"])
print(who(of(sts.get_session_token()["Credentials"])))
print(json.loads(sts.decode_authorization_message(EncodedMessage=sys.argv[1])["DecodedMessage"]))
try:
    sts.decode_authorization_message(EncodedMessage="x" + sys.argv[1])
except sts.exceptions.InvalidAuthorizationMessageException as error:
    print(error.response["Error"]["Message"])
`;

test("boto3 does the same", { skip: boto3Missing }, async () => {
  await using server = await testServer();
  using folder = temporaryFolder();
  writeProfiles(folder, await deputies(server));
  const message = sealAuthorizationMessage(server.house.seal, account, { allowed: false });
  const { code, out, err } = await ran("python3", ["-c", script, message], withFiles(server, folder));
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(out.trimEnd().split("\n"), [
    sessionArn("deputy", "from-a-file"),
    sessionArn("next", "again"),
    "AccessDenied 403",
    "ValidationError 400",
    `arn:aws:sts::${account}:federated-user/guest`,
    "AccessDeniedException",
    `arn:aws:iam::${account}:user/ann`,
    "{'allowed': False}",
    "Message is not valid",
  ]);
});

const ofSdk = `
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
console.log((await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn);
`;

test("a token file in the environment is enough for the CLI, boto3 and the SDK for JavaScript", {
  skip: awsCliMissing || boto3Missing || opensslMissing,
}, async () => {
  await using here = await scene();
  const { server, issuer } = here;
  using folder = temporaryFolder();
  const file = join(folder.path, "token");
  const more = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: roleArn("web"), AWS_ROLE_SESSION_NAME: "pod-7" };
  const env = withFiles(server, folder, more);
  const boto = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])";
  const callers = [
    // The CLI keeps sessions in its home: another name is another session.
    (env: NodeJS.ProcessEnv) => ran("aws", ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"], env),
    (env: NodeJS.ProcessEnv) => ran("python3", ["-c", boto], env),
    (env: NodeJS.ProcessEnv) => ran(process.execPath, ["--input-type=module", "-e", ofSdk], env),
  ];
  writeFileSync(file, token(issuer));
  for (const call of callers) {
    const { code, out, err } = await call(env);
    assert.deepEqual([code, out.trim()], [0, sessionArn("web", "pod-7")], err);
  }
  writeFileSync(file, token(issuer, { iss: `https://x.${issuerHost}` }));
  const again = { ...env, AWS_ROLE_SESSION_NAME: "pod-8" };
  for (const call of callers) assert.match((await call(again)).err, /No OpenIDConnect provider found/);
});
