import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateKeyCommand, GenerateDataKeyCommand } from "@aws-sdk/client-kms";
import { claviger } from "./cli-kit.ts";
import { moveTo } from "./cost-kit.ts";
import { kms, rootOf, testServer } from "./kit.ts";

test("a person reads what it costs and what would save some of it", async () => {
  await using server = await testServer();
  await moveTo(server, "2031-01-30T00:30:00Z");
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const ask = { KeyId: KeyMetadata!.KeyId, KeySpec: "AES_256" } as const;
  for (let call = 0; call < 4; call++) await kms(server).send(new GenerateDataKeyCommand(ask));
  await moveTo(server, "2031-01-31T12:30:00Z");
  const cost = (...args: string[]) => claviger(["cost", ...args, "--endpoint", server.url]);
  const { out } = await cost("--month", "2031-01", "--what-if", "--minutes", "60");
  const lines = out.split("\n");
  assert.equal(lines[0], "What 2031-01-01 00:00 to 2031-02-01 00:00 UTC costs on AWS, at the prices of 2026-10-01");
  assert.match(lines[2]!, /^key +key months +requests +free +USD$/);
  assert.match(lines[3]!, /^arn:aws:kms:eu-west-1:000000000000:key\/\S+ +0\.050 +5 +5 +0\.049731$/);
  assert.match(lines[4]!, /^total +0\.050 +5 +5 +0\.049731$/);
  assert.equal(
    lines.find((line) => line.startsWith("2031-01-30")),
    `2031-01-30  ${"█".repeat(40)} 0.032258`,
  );
  assert.match(out, /data-key caching +3 of 4 calls less \(75 %\), 0\.00 USD/);
  assert.match(out, /the most that it could be/);
});

test("dates and divisions that make no sense are refused, and other accounts may not ask", async () => {
  await using server = await testServer();
  const cost = async (args: readonly string[], env = {}) => {
    const { code, err } = await claviger(["cost", ...args, "--endpoint", server.url], env);
    return [code, err.split("\n", 1)[0]];
  };
  assert.deepEqual(await cost(["--month", "2031-13"]), [2, 'Cannot understand the month "2031-13": write 2026-01']);
  assert.equal((await cost(["--month", "2031-01", "--from", "2031-01-02"]))[0], 2);
  assert.equal((await cost(["--what-if", "--minutes", "0"]))[0], 2);
  assert.match(String((await cost(["--by", "colour"]))[1]), /by is one of account, region, key, operation/);
  assert.match(String((await cost(["--from", "yesterday"]))[1]), /from and to are dates/);
  assert.match(String((await cost(["--from", "2031-02-01", "--to", "2031-01-01"]))[1]), /from must be before to/);
  const { accessKeyId, secretAccessKey } = rootOf("111122223333");
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  assert.match(String((await cost([], env))[1]), /is not of the account that operates this installation/);
});
