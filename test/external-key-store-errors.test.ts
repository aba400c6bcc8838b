import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  DecryptCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
} from "@aws-sdk/client-kms";
import { certify, type Certified, opensslMissing } from "./certificates.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { connectedStore, externalKey, keyIn, scene, settled, storeInput } from "./external-key-stores.ts";
import type { Misbehaviour } from "./xks-proxy.ts";

const response = "XksProxyInvalidResponseException";
const unreachable = "XksProxyUriUnreachableException";
const store = "CustomKeyStoreInvalidStateException";

/** What a proxy does, and the exceptions of CreateKey and CreateCustomKeyStore; every use of a key answers one. */
const table: readonly (readonly [what: Misbehaviour, createKey: string, createStore: string, connection: string])[] = [
  [{ status: 400, errorName: "ValidationException" }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [
    { status: 400, errorName: "InvalidStateException" },
    "XksKeyInvalidConfigurationException",
    response,
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  [{ status: 400, errorName: "InvalidCiphertextException" }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [
    { status: 400, errorName: "InvalidKeyUsageException" },
    "XksKeyInvalidConfigurationException",
    response,
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  [
    { status: 401, errorName: "AuthenticationFailedException" },
    store,
    "XksProxyIncorrectAuthenticationCredentialException",
    "XKS_PROXY_ACCESS_DENIED",
  ],
  [
    { status: 403, errorName: "AccessDeniedException" },
    "KMSInvalidStateException",
    response,
    "XKS_PROXY_ACCESS_DENIED",
  ],
  [
    { status: 404, errorName: "KeyNotFoundException" },
    "XksKeyNotFoundException",
    response,
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  [
    { status: 404, errorName: "InvalidUriPathException" },
    store,
    "XksProxyInvalidConfigurationException",
    "XKS_PROXY_INVALID_CONFIGURATION",
  ],
  [{ status: 429, errorName: "ThrottlingException" }, store, unreachable, "XKS_PROXY_NOT_REACHABLE"],
  [{ status: 503, errorName: "DependencyTimeoutException" }, store, unreachable, "XKS_PROXY_TIMED_OUT"],
  [{ status: 500, errorName: "InternalException" }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [{ status: 418, errorName: "TeapotException" }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [{ status: 500, errorName: "KeyNotFoundException" }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [{ status: 200, text: "not JSON" }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [{ status: 200, text: "[]" }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [{ status: 200, text: "x".repeat(70_000) }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [{ status: 302, text: "" }, store, response, "XKS_PROXY_INVALID_RESPONSE"],
  [{ status: 503, text: "<html>busy</html>" }, store, unreachable, "XKS_PROXY_TIMED_OUT"],
  [() => ({}), store, response, "XKS_PROXY_INVALID_RESPONSE"],
  ["drop", store, unreachable, "XKS_PROXY_NOT_REACHABLE"],
];

const named = (name: string) => (error: unknown) => {
  assert.equal((error as Error).name, name, String(error));
  assert.doesNotMatch(String((error as Error).message), /words of the proxy|teapot/i);
  return true;
};

describe("what a proxy does wrong", { skip: opensslMissing }, () => {
  const folder = temporaryFolder();
  after(() => folder[Symbol.dispose]());
  let certified: Certified;
  before(() => void (certified = certify(folder.path, "DNS:xks.test")));

  test("becomes AWS's exceptions, one for each", async () => {
    await using stage = await scene(certified);
    const { client, proxy } = stage;
    const id = await connectedStore(client);
    const KeyId = await keyIn(stage, id, "one");
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    for (const [what, createKey, createStore, connection] of table) {
      proxy.misbehaviour = what;
      const second = storeInput({ CustomKeyStoreName: "second", XksProxyUriPath: "/test2/kms/xks/v1" });
      await assert.rejects(client.send(new CreateCustomKeyStoreCommand(second)), named(createStore));
      await assert.rejects(keyIn(stage, id, "two"), named(createKey));
      const encrypting = client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
      await assert.rejects(encrypting, named("KMSInvalidStateException"));
      await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })), named("KMSInvalidStateException"));
      await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
      await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
      const failed = await settled(client, id);
      assert.deepEqual(
        [failed.ConnectionState, failed.ConnectionErrorCode],
        ["FAILED", connection],
        JSON.stringify(what),
      );
      await assert.rejects(
        client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id })),
        named("CustomKeyStoreInvalidStateException"),
      );
      proxy.misbehaviour = undefined;
      await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
      await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: id }));
      assert.equal((await settled(client, id)).ConnectionState, "CONNECTED");
    }
  });

  test("an answer that is off by one byte is no answer", async () => {
    await using stage = await scene(certified);
    const { client, proxy } = stage;
    const KeyId = await keyIn(stage, await connectedStore(client), "one");
    const Plaintext = Buffer.from("attack at dawn");
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext }));
    const bytes = (count: number) => Buffer.alloc(count).toString("base64");
    for (const wrong of [
      { ciphertext: bytes(3) },
      { ciphertext: "***" },
      { ciphertext: undefined },
      { initializationVector: bytes(13) },
      { authenticationTag: bytes(12) },
      { ciphertextMetadata: bytes(21) },
      { ciphertextMetadata: 7 },
    ]) {
      proxy.misbehaviour = (answer) => ({ ...answer, ...wrong });
      await assert.rejects(client.send(new EncryptCommand({ KeyId, Plaintext })), named("KMSInvalidStateException"));
    }
    for (const plaintext of [bytes(3), "***", undefined]) {
      proxy.misbehaviour = () => ({ plaintext });
      await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })), named("KMSInvalidStateException"));
    }
    // As long as it should be, and wrong: KMS's own layer finds out.
    proxy.misbehaviour = ({ plaintext }) => ({ plaintext: bytes(Buffer.from(String(plaintext), "base64").length) });
    await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })), named("InvalidCiphertextException"));
  });

  test("a key must be an AES-256 key, for both ways, and enabled", async () => {
    await using stage = await scene(certified);
    const { client, proxy } = stage;
    const id = await connectedStore(client);
    for (const wrong of [{ spec: "AES_128" }, { usage: ["ENCRYPT"] }, { usage: ["DECRYPT"] }, { status: "DISABLED" }]) {
      proxy.keys.set("odd", { ...externalKey(), ...wrong });
      await assert.rejects(keyIn(stage, id, "odd"), named("XksKeyInvalidConfigurationException"));
    }
    for (const name of [".", ".."]) await assert.rejects(keyIn(stage, id, name), named("XksKeyNotFoundException"));
  });

  test("a ciphertext opens under its own key alone, and not when a bit of it has changed", async () => {
    await using stage = await scene(certified);
    const { client } = stage;
    const id = await connectedStore(client);
    const one = await keyIn(stage, id, "one");
    const two = await keyIn(stage, id, "two");
    const encrypt = async (KeyId: string) =>
      Buffer.from((await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }))).CiphertextBlob!);
    const blob = await encrypt(one);
    const other = await encrypt(two);
    await assert.rejects(
      client.send(new DecryptCommand({ CiphertextBlob: blob, KeyId: two })),
      named("IncorrectKeyException"),
    );
    const swapped = Buffer.concat([other.subarray(0, 22), blob.subarray(22)]);
    await assert.rejects(
      client.send(new DecryptCommand({ CiphertextBlob: swapped })),
      named("KMSInvalidStateException"),
    );
    for (const place of [22, 23, 24, 40, 55, 60, 71, 100, blob.length - 1]) {
      const CiphertextBlob = Buffer.from(blob);
      CiphertextBlob[place]! ^= 1;
      await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob })));
    }
  });

  test("a proxy that does not answer within 250 ms has not answered", async () => {
    await using stage = await scene(certified, 0);
    stage.proxy.misbehaviour = "hang";
    await assert.rejects(stage.client.send(new CreateCustomKeyStoreCommand(storeInput())), named(unreachable));
  });

  test("a proxy with another host's certificate is not reached", async () => {
    await using stage = await scene(certify(folder.path, "DNS:other.test", "other"));
    await assert.rejects(stage.client.send(new CreateCustomKeyStoreCommand(storeInput())), named(unreachable));
  });
});
