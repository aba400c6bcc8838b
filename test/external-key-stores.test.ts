import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  CancelKeyDeletionCommand,
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { certify, type Certified, opensslMissing } from "./certificates.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { connectedStore, describedStore, keyIn, scene, settled, storeInput } from "./external-key-stores.ts";
import { proxyCredential } from "./xks-proxy.ts";

const named = (name: string) => (error: unknown) => {
  assert.equal((error as Error).name, name, String(error));
  assert.doesNotMatch(String((error as Error).message), /words of the proxy/);
  return true;
};

describe("external key stores", { skip: opensslMissing }, () => {
  const folder = temporaryFolder();
  after(() => folder[Symbol.dispose]());
  let certified: Certified;
  before(() => void (certified = certify(folder.path, "DNS:xks.test")));

  test("a store is made, connected, used, disconnected and deleted", async () => {
    await using stage = await scene(certified);
    const { client, proxy } = stage;
    const { CustomKeyStoreId: id } = await client.send(new CreateCustomKeyStoreCommand(storeInput()));
    assert.match(id!, /^cks-[0-9a-f]{17}$/);
    assert.equal(proxy.seen[0]!.path, "/test/kms/xks/v1/health");
    const made = await describedStore(client, id!);
    assert.equal(made.ConnectionState, "DISCONNECTED");
    assert.deepEqual(made.XksProxyConfiguration, {
      AccessKeyId: proxyCredential.AccessKeyId,
      Connectivity: "PUBLIC_ENDPOINT",
      UriEndpoint: "https://xks.test",
      UriPath: "/test/kms/xks/v1",
    });
    const early = { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: id, XksKeyId: "one" } as const;
    await assert.rejects(client.send(new CreateKeyCommand(early)), named("CustomKeyStoreInvalidStateException"));
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
    assert.equal((await settled(client, id!)).ConnectionState, "CONNECTED");
    const KeyId = await keyIn(stage, id!, "one");
    await assert.rejects(
      client.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: id })),
      named("CustomKeyStoreInvalidStateException"),
    );
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
    await assert.rejects(
      client.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: id })),
      named("CustomKeyStoreHasCMKsException"),
    );
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await assert.rejects(
      client.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: id })),
      named("CustomKeyStoreHasCMKsException"),
    );
  });

  test("a key encrypts twice: here, and in the proxy, with the caller named to it", async () => {
    await using stage = await scene(certified);
    const { client, proxy } = stage;
    const id = await connectedStore(client);
    const KeyId = await keyIn(stage, id, "one");
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    assert.equal(KeyMetadata!.Origin, "EXTERNAL_KEY_STORE");
    assert.equal(KeyMetadata!.CustomKeyStoreId, id);
    assert.deepEqual(KeyMetadata!.XksKeyConfiguration, { Id: "one" });
    assert.equal(KeyMetadata!.CurrentKeyMaterialId, undefined);
    const EncryptionContext = { purpose: "test" };
    for (const size of [1, 4096]) {
      const Plaintext = Buffer.alloc(size, 7);
      const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
      assert.ok(CiphertextBlob!.length <= 6144);
      const { body, path } = proxy.seen.at(-1)!;
      assert.equal(path, "/test/kms/xks/v1/keys/one/encrypt");
      assert.ok(!Buffer.from(body.plaintext, "base64").includes(Plaintext.subarray(0, 64)) || size === 1);
      assert.ok(Buffer.from(body.plaintext, "base64").length <= 4300);
      assert.equal(body.requestMetadata.kmsOperation, "Encrypt");
      assert.equal(body.requestMetadata.kmsKeyArn, KeyId);
      assert.equal(body.requestMetadata.awsPrincipalArn, "arn:aws:iam::000000000000:root");
      const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
      assert.deepEqual(Buffer.from(opened.Plaintext!), Plaintext);
      assert.equal(opened.KeyId, KeyId);
      assert.equal(opened.KeyMaterialId, undefined);
      await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })), named("KMSInvalidStateException"));
    }
  });

  test("data keys and re-encryption go through the proxy; random bytes do not come from it", async () => {
    await using stage = await scene(certified);
    const { client, proxy } = stage;
    const store = await connectedStore(client);
    const outside = await keyIn(stage, store, "one");
    const inside = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const data = await client.send(new GenerateDataKeyCommand({ KeyId: outside, KeySpec: "AES_256" }));
    assert.equal(data.KeyMaterialId, undefined);
    const there = await client.send(
      new ReEncryptCommand({ CiphertextBlob: data.CiphertextBlob, DestinationKeyId: inside }),
    );
    assert.equal(there.SourceKeyId, outside);
    const back = await client.send(
      new ReEncryptCommand({ CiphertextBlob: there.CiphertextBlob, DestinationKeyId: outside }),
    );
    assert.equal(proxy.seen.at(-1)!.body.requestMetadata.kmsOperation, "ReEncrypt");
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: back.CiphertextBlob }));
    assert.deepEqual(opened.Plaintext, data.Plaintext);
    await assert.rejects(
      client.send(new GenerateRandomCommand({ NumberOfBytes: 8, CustomKeyStoreId: store })),
      named("UnsupportedOperationException"),
    );
    await assert.rejects(
      client.send(new GenerateRandomCommand({ NumberOfBytes: 8, CustomKeyStoreId: "cks-0" })),
      named("CustomKeyStoreNotFoundException"),
    );
  });

  test("keys of a disconnected store are unavailable, and what was set shows when it is connected again", async () => {
    await using stage = await scene(certified);
    const { client } = stage;
    const store = await connectedStore(client);
    const KeyId = await keyIn(stage, store, "one");
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    const state = async () => (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState;
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    assert.equal(await state(), "Unavailable");
    await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })), named("KMSInvalidStateException"));
    const dry = new EncryptCommand({ KeyId, Plaintext: Buffer.from("x"), DryRun: true });
    await assert.rejects(client.send(dry), named("KMSInvalidStateException"));
    await client.send(new DisableKeyCommand({ KeyId }));
    assert.equal(await state(), "Unavailable");
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    await settled(client, store);
    assert.equal(await state(), "Disabled");
    await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })), named("DisabledException"));
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    assert.equal(await state(), "PendingDeletion");
    await client.send(new CancelKeyDeletionCommand({ KeyId }));
    assert.equal(await state(), "Unavailable");
  });
});
