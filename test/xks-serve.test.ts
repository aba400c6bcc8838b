import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { certify, opensslMissing } from "./certificates.ts";
import { claviger, started, temporaryFolder } from "./cli-kit.ts";
import { connectedStore } from "./external-key-stores.ts";
import { root } from "./kit.ts";

const client = (endpoint: string): KMSClient =>
  new KMSClient({ endpoint, region: "eu-west-1", credentials: root, maxAttempts: 1 });

const unavailable = { name: "KMSInvalidStateException" };

test("the proxy as a process: between two services, with a credential of its own, stopped and started again", {
  skip: opensslMissing,
}, async () => {
  using folder = temporaryFolder();
  const { caFile, certFile, keyFile } = certify(folder.path, "DNS:xks.test");
  const told = (await claviger(["xks", "credential"])).out;
  const [, AccessKeyId = "", RawSecretAccessKey = ""] = /^accessKeyId: (\S+)\nsecret: (\S+)$/.exec(told) ?? [];
  writeFileSync(folder.file("xks.secret"), RawSecretAccessKey);

  using holder = await started("dev", "--port", "0", "--ephemeral");
  const held = client(holder.url);
  const key = (await held.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
  const serving = (listen: string) => {
    const tls = { cert: certFile, key: keyFile };
    const credentials = [{ accessKeyId: AccessKeyId, secretFile: "xks.secret" }];
    const config = { listen, tls, prefix: "/test", credentials, keys: { payroll: key }, timeoutMs: 10_000 };
    writeFileSync(folder.file("xks.json"), JSON.stringify(config));
    return started("xks", "serve", "--config", folder.file("xks.json"), "--endpoint", holder.url);
  };
  using first = await serving("127.0.0.1:0");
  const { host } = new URL(first.url);
  const outbound = { "xks.test": { address: host, ca: caFile, timeoutMs: 20_000 } };
  writeFileSync(folder.file("outbound.json"), JSON.stringify(outbound));
  using user = await started("dev", "--port", "0", "--ephemeral", "--outbound", folder.file("outbound.json"));
  const there = client(user.url);

  const XksProxyAuthenticationCredential = { AccessKeyId, RawSecretAccessKey };
  const forged = { ...XksProxyAuthenticationCredential, RawSecretAccessKey: "A".repeat(43) };
  await assert.rejects(connectedStore(there, { XksProxyAuthenticationCredential: forged }), {
    name: "XksProxyIncorrectAuthenticationCredentialException",
  });
  const CustomKeyStoreId = await connectedStore(there, { XksProxyAuthenticationCredential });
  const made = { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId, XksKeyId: "payroll" } as const;
  const KeyId = (await there.send(new CreateKeyCommand(made))).KeyMetadata!.Arn!;
  const Plaintext = Buffer.from("attack at dawn");
  const { CiphertextBlob } = await there.send(new EncryptCommand({ KeyId, Plaintext }));
  const opened = async () =>
    Buffer.from((await there.send(new DecryptCommand({ CiphertextBlob }))).Plaintext!).toString();
  assert.equal(await opened(), "attack at dawn");

  first.child.kill("SIGTERM");
  assert.equal((await first.end).code, 0);
  await assert.rejects(opened(), unavailable);
  assert.equal((await there.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState, "Enabled");

  using second = await serving(host);
  assert.equal(second.url, first.url);
  assert.equal(await opened(), "attack at dawn");
  await held.send(new DisableKeyCommand({ KeyId: key }));
  await assert.rejects(opened(), unavailable);
  const taken = await claviger(["xks", "serve", "--config", folder.file("xks.json"), "--endpoint", holder.url]);
  assert.deepEqual([taken.code, taken.out], [1, ""]);
  assert.match(taken.err, /^Cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
});
