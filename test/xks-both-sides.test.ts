import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { CreateUserCommand, CreateAccessKeyCommand } from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GetKeyLastUsageCommand,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
} from "@aws-sdk/client-kms";
import { installationKeys } from "../src/cli/xks-keys.ts";
import { readXksConfig } from "../src/cli/xks-config.ts";
import { listenAsProxy, type ProxyListening } from "../src/xks/listener.ts";
import { XksProxyServer } from "../src/xks/proxy.ts";
import { certify, type Certified, opensslMissing } from "./certificates.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { connectedStore } from "./external-key-stores.ts";
import { iam, kms, testServer, type TestServer } from "./kit.ts";
import { proxyCredential } from "./xks-proxy.ts";

const named = (name: string) => (error: unknown) => {
  assert.equal((error as Error).name, name, String(error));
  return true;
};

/** Two installations: the keys of the first are the external keys of the second. */
interface Pair extends AsyncDisposable {
  readonly holder: TestServer;
  readonly user: TestServer;
  readonly key: string;
}

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

async function pair(certified: Certified): Promise<Pair> {
  const holder = await testServer();
  const key = (await kms(holder).send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
  await iam(holder).send(new CreateUserCommand({ UserName: "xks-proxy" }));
  const { AccessKey } = await iam(holder).send(new CreateAccessKeyCommand({ UserName: "xks-proxy" }));
  await allow(holder, key, ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt"]);
  writeFileSync(folder.file("xks.secret"), `${proxyCredential.RawSecretAccessKey}\n`);
  const config = {
    listen: "127.0.0.1:0",
    tls: { cert: certified.certFile, key: certified.keyFile },
    prefix: "/example",
    credentials: [{ accessKeyId: proxyCredential.AccessKeyId, secretFile: "xks.secret" }],
    keys: { payroll: key },
  };
  writeFileSync(folder.file("xks.json"), JSON.stringify(config));
  const { listen, prefix, credentials, keys } = readXksConfig(folder.file("xks.json"), {});
  const endpoint = {
    url: holder.url,
    region: "us-east-1",
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  };
  const clocks = { wall: () => Date.now() };
  const proxy = new XksProxyServer({ prefix, credentials, clocks }, installationKeys(endpoint, keys, 10_000));
  const listening: ProxyListening = await listenAsProxy(listen, proxy);
  const host = {
    host: "xks.test",
    address: "127.0.0.1",
    port: listening.port,
    caFile: certified.caFile,
    totalMs: 10_000,
  };
  const user = await testServer({ ephemeral: true, outbound: [host] });
  const close = async () => {
    await user.close();
    await listening.close();
    await holder.close();
  };
  return { holder, user, key, [Symbol.asyncDispose]: close };
}

const allow = (holder: TestServer, KeyId: string, actions: string[]) => {
  const statement = (Principal: object, Action: string | string[]) => ({
    Effect: "Allow",
    Principal,
    Action,
    Resource: "*",
  });
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      statement({ AWS: "arn:aws:iam::000000000000:root" }, "kms:*"),
      ...(actions.length > 0 ? [statement({ AWS: "arn:aws:iam::000000000000:user/xks-proxy" }, actions)] : []),
    ],
  });
  return kms(holder).send(new PutKeyPolicyCommand({ KeyId, Policy }));
};

describe("the keys of one installation as external keys of another", { skip: opensslMissing }, () => {
  let certified: Certified;
  before(() => void (certified = certify(folder.path, "DNS:xks.test")));

  const external = async (user: TestServer, more: object = {}) => {
    const store = await connectedStore(kms(user), { XksProxyUriPath: "/example/kms/xks/v1" });
    const input = { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: store, XksKeyId: "payroll", ...more } as const;
    return (await kms(user).send(new CreateKeyCommand(input))).KeyMetadata!.Arn!;
  };

  test("encrypt and decrypt from end to end, across rotations, and are recorded where the key is", async () => {
    await using both = await pair(certified);
    const { holder, user, key } = both;
    const KeyId = await external(user);
    const context = { EncryptionContext: { purpose: "test" } };
    const first = await kms(user).send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4096, 1), ...context }));
    await kms(holder).send(new RotateKeyOnDemandCommand({ KeyId: key }));
    const second = await kms(user).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("two"), ...context }));
    for (const [{ CiphertextBlob }, plain] of [
      [first, Buffer.alloc(4096, 1)],
      [second, Buffer.from("two")],
    ] as const) {
      const { Plaintext } = await kms(user).send(new DecryptCommand({ CiphertextBlob, ...context }));
      assert.deepEqual(Buffer.from(Plaintext!), plain);
      await assert.rejects(kms(user).send(new DecryptCommand({ CiphertextBlob })), named("KMSInvalidStateException"));
    }
    const { lines } = await holder.house.store.trail.after(0, 1000);
    const records = lines.map((line) => JSON.parse(line) as Record<string, any>);
    const use = records.filter(({ eventName }) => eventName === "XksDecrypt");
    assert.equal(use.length, 4);
    assert.deepEqual(use[0]!.resources, [{ accountId: "000000000000", type: "AWS::KMS::Key", ARN: key }]);
    assert.equal(use[0]!.userIdentity.userName, "xks-proxy");
    assert.equal(use[0]!.requestParameters.requestMetadata.awsPrincipalArn, "arn:aws:iam::000000000000:root");
    assert.equal(use[0]!.requestParameters.requestMetadata.kmsKeyArn, KeyId);
    assert.equal(use[1]!.errorCode, "InvalidCiphertextException");
    const { KeyLastUsage } = await kms(holder).send(new GetKeyLastUsageCommand({ KeyId: key }));
    assert.equal(KeyLastUsage!.Operation, "Decrypt");
  });

  test("stop at once when the key is disabled, or the permission is taken away", async () => {
    await using both = await pair(certified);
    const { holder, user, key } = both;
    const KeyId = await external(user);
    const { CiphertextBlob } = await kms(user).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    const decrypting = () => kms(user).send(new DecryptCommand({ CiphertextBlob }));
    await kms(holder).send(new DisableKeyCommand({ KeyId: key }));
    await assert.rejects(decrypting(), named("KMSInvalidStateException"));
    await kms(holder).send(new EnableKeyCommand({ KeyId: key }));
    await decrypting();
    await allow(holder, key, ["kms:DescribeKey", "kms:Encrypt"]);
    await assert.rejects(decrypting(), /denied access/);
  });

  test("are made only of keys that are there, and of AES-256", async () => {
    await using both = await pair(certified);
    const { user } = both;
    await assert.rejects(external(user, { XksKeyId: "nothing" }), named("XksKeyNotFoundException"));
  });
});
