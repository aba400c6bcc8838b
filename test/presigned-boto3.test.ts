import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { testServer } from "./kit.ts";

const missing = spawnSync("python3", ["-c", "import boto3"]).status !== 0;
const skip = missing && "python3 with boto3 is not on this machine";

/** What EKS and Vault send on: a GetCallerIdentity that somebody else fetches. */
const script = `
import sys, boto3
session = boto3.session.Session(aws_access_key_id="111122223333", aws_secret_access_key="test", region_name="us-east-1")
client = session.client("sts", endpoint_url=sys.argv[1])
print(client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET"))`;

test("a URL that boto3 presigned says who signed it, and nothing else can be asked with it", { skip }, async () => {
  await using server = await testServer();
  const { stdout } = await promisify(execFile)("python3", ["-c", script, server.url]);
  const url = stdout.trim();
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /<Arn>arn:aws:iam::111122223333:root<\/Arn>/);
  const changed = await fetch(url.replace("GetCallerIdentity", "GetSessionToken"));
  assert.equal(changed.status, 403);
  assert.match(await changed.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
});
