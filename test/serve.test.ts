import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { claviger, started, temporaryFolder } from "./cli-kit.ts";

const who = async (endpoint: string, accessKeyId: string, secretAccessKey: string): Promise<string> => {
  const client = new STSClient({ endpoint, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } });
  return (await client.send(new GetCallerIdentityCommand({}))).Arn ?? "";
};

test("an installation is made, served, looked at and verified with the credentials that init told once", async () => {
  using folder = temporaryFolder();
  const config = folder.file("claviger.json");
  const seals = [{ kind: "file", path: "root.key" }];
  writeFileSync(config, JSON.stringify({ data: "data", listen: "127.0.0.1:0", seals }));
  const made = await claviger(["init", "--config", config, "--account", "111122223333", "--json"]);
  assert.equal(made.code, 0, made.err);
  const { accessKeyId, secretAccessKey } = JSON.parse(made.out) as Record<string, string>;
  assert.match(accessKeyId ?? "", /^AKIA/);
  for (const name of readdirSync(folder.file("data")))
    assert.ok(!readFileSync(folder.file(`data/${name}`)).includes(secretAccessKey ?? "?"), name);
  const again = await claviger(["init", "--config", config]);
  assert.deepEqual([again.code, again.out], [1, ""]);
  assert.match(again.err, /^Cannot make the first account in .*: account 111122223333 operates it\nHint: /);

  using server = await started("serve", "--config", config);
  const { url, child, end } = server;
  const operator = { AWS_ACCESS_KEY_ID: accessKeyId ?? "", AWS_SECRET_ACCESS_KEY: secretAccessKey ?? "" };
  const ask = (...words: string[]) => claviger([...words, "--endpoint", url], operator);
  assert.equal(await who(url, accessKeyId ?? "", secretAccessKey ?? ""), "arn:aws:iam::111122223333:root");
  await assert.rejects(who(url, "test", "test"), /security token included in the request is invalid/);
  await assert.rejects(who(url, "111122223333", "test"), /security token included in the request is invalid/);
  assert.equal((JSON.parse((await ask("status", "--json")).out) as { mode: string }).mode, "production");
  assert.match((await claviger(["status", "--endpoint", url])).err, /answers UnrecognizedClientException/);
  assert.match((await ask("clock", "advance", "1d")).err, /can be moved in development mode only/);
  assert.match((await ask("clock", "show")).out, /^The service's clock: /);
  assert.match((await ask("audit", "tail", "--lines", "3")).out, /claviger:GetClock +111122223333:root +ok$/m);
  assert.match((await ask("audit", "verify")).out, /^The trail is whole: \d+ records, \d+ signed checkpoints\./);
  child.kill("SIGTERM");
  assert.equal((await end).code, 0);
  const offline = await claviger(["audit", "verify", "--config", config, "--json"]);
  assert.equal(offline.code, 0, offline.err);
  const { problems, records } = JSON.parse(offline.out) as { problems: string[]; records: number };
  assert.deepEqual(problems, []);
  assert.ok(records > 4);
});

test("beyond loopback, development makes credentials of its own and tells them once", async () => {
  using folder = temporaryFolder();
  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === "IPv4" && !one.internal)?.address;
  const host = address ?? "0.0.0.0";
  const refused = await claviger(["dev", "--host", host, "--port", "0"]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^Cannot listen on ".*" in development mode\nHint: add --allow-remote/);
  const args = ["dev", "--allow-remote", "--host", host, "--port", "0", "--data", folder.file("data")];
  using first = await started(...args);
  const [, id = "", secret = ""] =
    /^ {2}AWS_ACCESS_KEY_ID=(AKIA\w+)\n {2}AWS_SECRET_ACCESS_KEY=(\S{40})$/m.exec(first.told) ?? [];
  const url = first.url.replace("0.0.0.0", "127.0.0.1");
  assert.equal(await who(url, id, secret), "arn:aws:iam::000000000000:root");
  await assert.rejects(who(url, "test", "test"), /security token included in the request is invalid/);
  first.child.kill("SIGTERM");
  assert.equal((await first.end).code, 0);
  using second = await started(...args);
  assert.match(
    second.told,
    new RegExp(`^Credentials: access key ${id}; its secret was told when it was made\\.$`, "m"),
  );
  assert.ok(!second.told.includes("SECRET_ACCESS_KEY"));
  assert.equal(await who(second.url.replace("0.0.0.0", "127.0.0.1"), id, secret), "arn:aws:iam::000000000000:root");
  second.child.kill("SIGINT");
  assert.equal((await second.end).code, 0);
});
