import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { AwsSettings } from "../src/cli/aws-settings.ts";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { kms, rootOf, sts, testServer } from "./kit.ts";

const files = (folder: string) => ({
  AWS_CONFIG_FILE: `${folder}/config`,
  AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials`,
});

describe("where AWS's tools would look", () => {
  test("the endpoint: the service's variable, the general one, the profile's services, the profile, AWS", () => {
    using folder = temporaryFolder();
    writeFileSync(
      folder.file("config"),
      `[default]
region = eu-central-1
endpoint_url = http://profile
[profile both]
services = mine
endpoint_url = http://profile
[services mine]
s3 =
  endpoint_url = http://s3
kms =
  endpoint_url = http://kms
  other = 1
`,
    );
    const endpoint = (env: object, profile?: string, region = "eu-west-1") =>
      new AwsSettings({ ...files(folder.path), ...env }, profile).endpoint("kms", region);
    const general = { AWS_ENDPOINT_URL: "http://general" };
    assert.equal(endpoint({ ...general, AWS_ENDPOINT_URL_KMS: "http://own" }), "http://own");
    assert.equal(endpoint(general), "http://general");
    assert.equal(endpoint({}), "http://profile");
    assert.equal(endpoint({}, "both"), "http://kms");
    assert.equal(endpoint({}, "other"), "https://kms.eu-west-1.amazonaws.com");
    assert.equal(endpoint({}, "other", "cn-north-1"), "https://kms.cn-north-1.amazonaws.com.cn");
    const ignored = { ...general, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    assert.equal(endpoint(ignored, "both"), "https://kms.eu-west-1.amazonaws.com");
    assert.equal(new AwsSettings(files(folder.path)).region(), "eu-central-1");
    assert.equal(new AwsSettings({ ...files(folder.path), AWS_REGION: "x-1" }).region(), "x-1");
  });

  test("credentials: the environment, but a profile that is named first; none is a sentence", () => {
    using folder = temporaryFolder();
    writeFileSync(
      folder.file("credentials"),
      "[default]\r\naws_access_key_id=D\r\naws_secret_access_key=d\r\n; aws_session_token=x\r\n[other]\naws_access_key_id = O\naws_secret_access_key = o=/+\naws_session_token = t\n",
    );
    const credentials = (env: object, profile?: string) =>
      new AwsSettings({ ...files(folder.path), ...env }, profile).credentials();
    const env = { AWS_ACCESS_KEY_ID: "E", AWS_SECRET_ACCESS_KEY: "e" };
    const other = { accessKeyId: "O", secretAccessKey: "o=/+", sessionToken: "t" };
    assert.deepEqual(credentials({}), { accessKeyId: "D", secretAccessKey: "d" });
    assert.deepEqual(credentials({ ...env, AWS_PROFILE: "other" }), { accessKeyId: "E", secretAccessKey: "e" });
    assert.deepEqual(credentials({ AWS_PROFILE: "other" }), other);
    assert.deepEqual(credentials(env, "other"), other);
    assert.throws(() => credentials({}, "nobody"), /in the environment or in profile "nobody"/);
  });
});

test("a session and a profile encrypt in their own account", async () => {
  await using server = await testServer();
  using folder = temporaryFolder();
  const file = folder.file(".env");
  const encrypt = async (key: string | undefined, env: Record<string, string>, ...more: string[]) => {
    writeFileSync(file, "A=1\n");
    return await claviger(["env", "encrypt", file, "--key", key ?? "", ...more], env);
  };
  const own = await kms(server).send(new CreateKeyCommand({}));
  const { Credentials: session } = await sts(server).send(new GetSessionTokenCommand({}));
  const environment = {
    AWS_ENDPOINT_URL_KMS: server.url,
    AWS_ACCESS_KEY_ID: session?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: session?.SecretAccessKey ?? "",
    AWS_SESSION_TOKEN: session?.SessionToken ?? "",
  };
  assert.match((await encrypt(own.KeyMetadata?.Arn, environment)).out, /1 encrypted/);
  const { AWS_SESSION_TOKEN: _, ...withoutToken } = environment;
  assert.match(
    (await encrypt(own.KeyMetadata?.Arn, withoutToken)).err,
    /security token included in the request is invalid/,
  );

  const next = await kms(server, rootOf("111122223333"), "eu-west-2").send(new CreateKeyCommand({}));
  writeFileSync(folder.file("config"), `[profile next]\nregion = eu-west-2\nendpoint_url = ${server.url}\n`);
  writeFileSync(folder.file("credentials"), "[next]\naws_access_key_id = 111122223333\naws_secret_access_key = test\n");
  const byProfile = await encrypt(next.KeyMetadata?.KeyId, files(folder.path), "--profile", "next");
  assert.match(byProfile.out, /1 encrypted/, byProfile.err);
  const { err } = await encrypt("alias/none", {}, "--endpoint", server.url);
  assert.match(err, /^Cannot tell which AWS Region is meant\nHint: /);
});
