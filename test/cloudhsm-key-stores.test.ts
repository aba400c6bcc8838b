import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateRandomCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdateCustomKeyStoreCommand,
} from "@aws-sdk/client-kms";
import type { ClusterSetting } from "../src/config.ts";
import { certify, opensslMissing } from "./certificates.ts";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { settled } from "./external-key-stores.ts";
import { kms, testServer } from "./kit.ts";
import { moduleProcesses, pin, softhsmMissing, softToken } from "./softhsm.ts";

const named = (name: string) => (error: unknown) => {
  assert.equal((error as Error).name, name, String(error));
  return true;
};

describe("CloudHSM key stores on a PKCS#11 token", { skip: softhsmMissing || opensslMissing }, () => {
  const folder = temporaryFolder();
  after(() => folder[Symbol.dispose]());
  let setting: ClusterSetting;
  let trustAnchor: string;
  before(() => {
    const { caFile } = certify(folder.path, "DNS:hsm.test");
    trustAnchor = readFileSync(caFile, "utf8");
    setting = softToken(folder.path, { trustAnchorFile: caFile });
  });
  const serving = (more: Partial<ClusterSetting> = {}, others: ClusterSetting[] = []) =>
    testServer({ ephemeral: true, clusters: [{ ...setting, ...more }, ...others] });
  const input = (more: object = {}): any => ({
    CustomKeyStoreName: "hsm",
    CloudHsmClusterId: setting.id,
    TrustAnchorCertificate: trustAnchor,
    KeyStorePassword: pin,
    ...more,
  });
  const connect = async (client: KMSClient, more: object = {}): Promise<string> => {
    const { CustomKeyStoreId } = await client.send(new CreateCustomKeyStoreCommand(input(more)));
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await settled(client, CustomKeyStoreId!);
    return CustomKeyStoreId!;
  };
  const keyIn = async (client: KMSClient, store: string): Promise<string> => {
    const made = { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: store } as const;
    return (await client.send(new CreateKeyCommand(made))).KeyMetadata!.Arn!;
  };

  test("the material is made on the token, and used there", async () => {
    await using server = await serving();
    const client = kms(server);
    const store = await connect(client);
    const described = await settled(client, store);
    assert.deepEqual(
      [described.ConnectionState, described.CustomKeyStoreType, described.CloudHsmClusterId],
      ["CONNECTED", "AWS_CLOUDHSM", setting.id],
    );
    assert.equal(described.TrustAnchorCertificate, trustAnchor);
    const KeyId = await keyIn(client, store);
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    assert.deepEqual([KeyMetadata!.Origin, KeyMetadata!.CloudHsmClusterId], ["AWS_CLOUDHSM", setting.id]);
    assert.equal(KeyMetadata!.CurrentKeyMaterialId, undefined);
    const EncryptionContext = { a: "b" };
    const Plaintext = Buffer.alloc(4096, 3);
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    assert.deepEqual(Buffer.from(opened.Plaintext!), Plaintext);
    await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })), named("InvalidCiphertextException"));
    const data = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_128" }));
    const again = await client.send(new DecryptCommand({ CiphertextBlob: data.CiphertextBlob }));
    assert.deepEqual(again.Plaintext, data.Plaintext);
    const random = new GenerateRandomCommand({ NumberOfBytes: 32, CustomKeyStoreId: store });
    assert.equal((await client.send(random)).Plaintext!.length, 32);
    const pair = new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: "ECC_NIST_P256" });
    await assert.rejects(client.send(pair), named("UnsupportedOperationException"));
    await assert.rejects(client.send(new RotateKeyOnDemandCommand({ KeyId })), named("UnsupportedOperationException"));
    const { lines } = await server.house.store.trail.after(0, 1000);
    const records = lines.map((line) => JSON.parse(line) as Record<string, any>);
    const creation = records.find(({ eventName }) => eventName === "CreateKey")!;
    const { backingKeyId } = JSON.parse(creation.additionalEventData.backingKey);
    const use = records.find(({ eventName }) => eventName === "Encrypt")!;
    assert.deepEqual(use.additionalEventData, { customKeyStoreId: store, backingKeyId });
    assert.ok(!lines.some((line) => line.includes(pin)));
  });

  test("the key on the token goes when the KMS key does, and the record says so", async () => {
    await using server = await serving();
    const client = kms(server);
    const store = await connect(client);
    const KeyId = await keyIn(client, store);
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    const moved = await claviger(["clock", "advance", "8d", "--endpoint", server.url]);
    assert.equal(moved.code, 0, moved.err);
    const { lines } = await server.house.store.trail.after(0, 1000);
    const deletion = lines
      .map((line) => JSON.parse(line) as Record<string, any>)
      .find(({ eventName }) => eventName === "DeleteKey")!;
    const [status] = JSON.parse(deletion.serviceEventDetails.backingKeysDeletionStatus);
    assert.equal(status.deletionStatus, "SUCCESS");
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    await client.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    await connect(client);
  });

  test("a cluster that is not, is taken, or is another's, and a wrong password", async () => {
    const sibling = { ...setting, id: "cluster-b2b3c4d5e6f" };
    const stranger = { ...setting, id: "cluster-c2b3c4d5e6f", token: "other" };
    await using server = await serving({}, [sibling, stranger]);
    const client = kms(server);
    const create = (more: object) => client.send(new CreateCustomKeyStoreCommand(input(more)));
    await assert.rejects(
      create({ CloudHsmClusterId: "cluster-zzzzzzzzzzz" }),
      named("CloudHsmClusterNotFoundException"),
    );
    await assert.rejects(create({ TrustAnchorCertificate: "nonsense" }), named("IncorrectTrustAnchorException"));
    const foreign = readFileSync(certify(folder.path, "DNS:x.test", "foreign").caFile, "utf8");
    await assert.rejects(create({ TrustAnchorCertificate: foreign }), named("IncorrectTrustAnchorException"));
    const store = await connect(client, { KeyStorePassword: "not-the-pin" });
    const failed = await settled(client, store);
    assert.deepEqual([failed.ConnectionState, failed.ConnectionErrorCode], ["FAILED", "INVALID_CREDENTIALS"]);
    await assert.rejects(create({ CustomKeyStoreName: "second" }), named("CloudHsmClusterInUseException"));
    const update = (more: object) => client.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: store, ...more }));
    await assert.rejects(update({ KeyStorePassword: pin }), named("CustomKeyStoreInvalidStateException"));
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    await update({ KeyStorePassword: pin });
    await assert.rejects(update({ CloudHsmClusterId: stranger.id }), named("CloudHsmClusterNotRelatedException"));
    await update({ CloudHsmClusterId: sibling.id });
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    assert.equal((await settled(client, store)).ConnectionState, "CONNECTED");
    await create({ CustomKeyStoreName: "second" });
  });

  test("a module that hangs or dies fails its own calls, and nothing else", async () => {
    const already = new Set(moduleProcesses());
    await using server = await serving({ timeoutMs: 2000 });
    const client = kms(server);
    const KeyId = await keyIn(client, await connect(client));
    const inside = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const encrypt = (key: string) => client.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from("x") }));
    const running = () => moduleProcesses().find((id) => !already.has(id))!;
    process.kill(running(), "SIGSTOP");
    const hanging = assert.rejects(encrypt(KeyId), named("DependencyTimeoutException"));
    await encrypt(inside);
    await hanging;
    await encrypt(KeyId);
    const victim = running();
    process.kill(victim, "SIGSTOP");
    const dying = assert.rejects(encrypt(KeyId), named("KeyUnavailableException"));
    await encrypt(inside);
    process.kill(victim, "SIGKILL");
    await dying;
    await encrypt(KeyId);
  });

  test("keys are found again by a server that starts anew, and not without its cluster", async () => {
    const data = folder.file("data");
    const first = await testServer({ data, clusters: [setting] });
    const store = await connect(kms(first));
    const KeyId = await keyIn(kms(first), store);
    const { CiphertextBlob } = await kms(first).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    await first.close();
    const second = await testServer({ data, clusters: [setting] });
    const { Plaintext } = await kms(second).send(new DecryptCommand({ CiphertextBlob }));
    assert.equal(Buffer.from(Plaintext!).toString(), "x");
    await second.close();
    const third = await testServer({ data, clusters: [] });
    await assert.rejects(kms(third).send(new DecryptCommand({ CiphertextBlob })), named("KMSInvalidStateException"));
    await third.close();
  });
});
