import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { ClusterSetting } from "../src/config.ts";
import { awsSession, type AwsSession, awsSessionMissing, type Options } from "./aws-cli-session.ts";
import { certify, opensslMissing } from "./certificates.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { externalKey, settled } from "./external-key-stores.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { pin, softhsmMissing, softToken } from "./softhsm.ts";
import { proxyCredential, type TestProxy, testProxy } from "./xks-proxy.ts";

const external: Options = {
  "custom-key-store-name": "outside",
  "custom-key-store-type": "EXTERNAL_KEY_STORE",
  // As an option of its own, AWS CLI 1 would fetch what is there and send that.
  "cli-input-json": JSON.stringify({ XksProxyUriEndpoint: "https://xks.test" }),
  "xks-proxy-uri-path": "/test/kms/xks/v1",
  "xks-proxy-connectivity": "PUBLIC_ENDPOINT",
  "xks-proxy-authentication-credential": `AccessKeyId=${proxyCredential.AccessKeyId},RawSecretAccessKey=${proxyCredential.RawSecretAccessKey}`,
};

describe("the AWS CLI and custom key stores", { skip: awsSessionMissing || opensslMissing }, () => {
  const folder = temporaryFolder();
  let setting: ClusterSetting | undefined;
  let trustAnchor: string;
  let proxy: TestProxy;
  let server: TestServer;
  let aws: AwsSession;
  before(async () => {
    const certified = certify(folder.path, "DNS:xks.test");
    const { caFile } = certified;
    trustAnchor = caFile;
    proxy = await testProxy(certified);
    proxy.keys.set("payroll", externalKey());
    const host = { host: "xks.test", address: "127.0.0.1", port: proxy.port, caFile, totalMs: 10_000 };
    setting = softhsmMissing ? undefined : softToken(folder.path, { trustAnchorFile: caFile });
    server = await testServer({ ephemeral: true, clusters: setting ? [setting] : [], outbound: [host] });
    aws = await awsSession(server);
  });
  after(async () => {
    await aws[Symbol.asyncDispose]();
    await server.close();
    await proxy[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** A store's whole life, and that of a key in it. */
  async function lives(made: Options, key: Options): Promise<Record<string, any>> {
    const { CustomKeyStoreId } = await aws.kms("CreateCustomKeyStore", made);
    const store = { "custom-key-store-id": CustomKeyStoreId as string };
    const described = async () => (await aws.kms("DescribeCustomKeyStores", store)).CustomKeyStores[0];
    assert.equal((await described()).ConnectionState, "DISCONNECTED");
    await aws.kms("ConnectCustomKeyStore", store);
    await settled(kms(server), CustomKeyStoreId as string);
    assert.equal((await described()).ConnectionState, "CONNECTED");
    const { KeyMetadata } = await aws.kms("CreateKey", { ...store, ...key });
    const id = { "key-id": KeyMetadata.KeyId as string };
    const context = { "encryption-context": "purpose=test" };
    const plaintext = folder.file("plain");
    const sealed = await aws.kms("Encrypt", { ...id, plaintext: fileOf(plaintext, "attack at dawn"), ...context });
    const blob = {
      "ciphertext-blob": fileOf(folder.file("sealed"), Buffer.from(sealed.CiphertextBlob as string, "base64")),
    };
    const opened = await aws.kms("Decrypt", { ...blob, ...context });
    assert.equal(Buffer.from(opened.Plaintext as string, "base64").toString(), "attack at dawn");
    await assert.rejects(aws.kms("DeleteCustomKeyStore", store), /\(CustomKeyStoreInvalidStateException\)/);
    await aws.kms("DisconnectCustomKeyStore", store);
    await assert.rejects(aws.kms("Decrypt", { ...blob, ...context }), /\(KMSInvalidStateException\).*unavailable/);
    await aws.kms("UpdateCustomKeyStore", { ...store, "new-custom-key-store-name": "renamed" });
    const entry = await described();
    assert.equal(entry.CustomKeyStoreName, "renamed");
    await assert.rejects(aws.kms("DeleteCustomKeyStore", store), /\(CustomKeyStoreHasCMKsException\)/);
    await aws.kms("ScheduleKeyDeletion", { ...id, "pending-window-in-days": 7 });
    await advance(server, 8 * 86_400_000);
    await aws.kms("DeleteCustomKeyStore", store);
    await assert.rejects(described(), /\(CustomKeyStoreNotFoundException\)/);
    return { ...KeyMetadata, ...entry };
  }

  test("an external key store", async () => {
    const seen = await lives(external, { origin: "EXTERNAL_KEY_STORE", "xks-key-id": "payroll" });
    assert.deepEqual(seen.XksKeyConfiguration, { Id: "payroll" });
    assert.deepEqual(seen.XksProxyConfiguration, {
      Connectivity: "PUBLIC_ENDPOINT",
      AccessKeyId: proxyCredential.AccessKeyId,
      UriEndpoint: "https://xks.test",
      UriPath: "/test/kms/xks/v1",
    });
  });

  test("a CloudHSM key store", { skip: softhsmMissing }, async () => {
    const { id } = setting!;
    const made = { "custom-key-store-name": "hsm", "cloud-hsm-cluster-id": id, "key-store-password": pin };
    const seen = await lives(
      { ...made, "trust-anchor-certificate": `file://${trustAnchor}` },
      { origin: "AWS_CLOUDHSM" },
    );
    assert.equal(seen.CloudHsmClusterId, id);
    assert.equal(seen.TrustAnchorCertificate, readFileSync(trustAnchor, "utf8"));
    assert.equal(seen.KeyStorePassword, undefined);
  });
});

function fileOf(path: string, content: Uint8Array | string): string {
  writeFileSync(path, content);
  return `fileb://${path}`;
}
