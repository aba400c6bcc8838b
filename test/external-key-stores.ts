import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  type CustomKeyStoresListEntry,
  DescribeCustomKeyStoresCommand,
  type KMSClient,
} from "@aws-sdk/client-kms";
import type { Certified } from "./certificates.ts";
import { proxyCredential, type TestProxy, testProxy } from "./xks-proxy.ts";
import { kms, testServer, type TestServer } from "./kit.ts";

/** A server whose outbound table leads `https://xks.test` to a proxy of the test. */
export interface Scene extends AsyncDisposable {
  readonly server: TestServer;
  readonly client: KMSClient;
  readonly proxy: TestProxy;
}

/** `totalMs`: 0 leaves what the protocol says; a loaded machine may take longer over a handshake than the 250 ms of the protocol. */
export async function scene(certified: Certified, totalMs = 10_000): Promise<Scene> {
  const proxy = await testProxy(certified);
  const host = { host: "xks.test", address: "127.0.0.1", port: proxy.port, caFile: certified.caFile };
  const server = await testServer({ ephemeral: true, outbound: [{ ...host, ...(totalMs && { totalMs }) }] });
  return {
    server,
    proxy,
    client: kms(server),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

export const storeInput = (more: object = {}): any => ({
  CustomKeyStoreName: "vault outside",
  CustomKeyStoreType: "EXTERNAL_KEY_STORE",
  XksProxyUriEndpoint: "https://xks.test",
  XksProxyUriPath: "/test/kms/xks/v1",
  XksProxyConnectivity: "PUBLIC_ENDPOINT",
  XksProxyAuthenticationCredential: proxyCredential,
  ...more,
});

export async function describedStore(client: KMSClient, id: string): Promise<CustomKeyStoresListEntry> {
  const { CustomKeyStores } = await client.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: id }));
  return CustomKeyStores![0]!;
}

/** Waits until a store is no longer CONNECTING, as a user's script does. */
export async function settled(client: KMSClient, id: string): Promise<CustomKeyStoresListEntry> {
  for (;;) {
    const store = await describedStore(client, id);
    if (store.ConnectionState !== "CONNECTING") return store;
    await wait(10);
  }
}

export async function connectedStore(client: KMSClient, more: object = {}): Promise<string> {
  const { CustomKeyStoreId } = await client.send(new CreateCustomKeyStoreCommand(storeInput(more)));
  await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await settled(client, CustomKeyStoreId!);
  return CustomKeyStoreId!;
}

export const externalKey = (): { key: Buffer; usage: string[]; status: string; spec: string } => ({
  key: randomBytes(32),
  usage: ["ENCRYPT", "DECRYPT", "WRAP"],
  status: "ENABLED",
  spec: "AES_256",
});

/** A KMS key for the external key `xksKeyId`, which the proxy gets if it has none of that name. */
export async function keyIn(
  { client, proxy }: Pick<Scene, "client" | "proxy">,
  store: string,
  XksKeyId: string,
): Promise<string> {
  if (!proxy.keys.has(XksKeyId)) proxy.keys.set(XksKeyId, externalKey());
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({ Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: store, XksKeyId }),
  );
  return KeyMetadata!.Arn!;
}
