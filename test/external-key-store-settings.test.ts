import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  CreateCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  UpdateCustomKeyStoreCommand,
} from "@aws-sdk/client-kms";
import { certify, type Certified, opensslMissing } from "./certificates.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { connectedStore, describedStore, keyIn, scene, storeInput } from "./external-key-stores.ts";
import { kms, rootOf } from "./kit.ts";
import { proxyCredential } from "./xks-proxy.ts";

const named = (name: string) => (error: unknown) => {
  assert.equal((error as Error).name, name, String(error));
  return true;
};

describe("the settings of external key stores", { skip: opensslMissing }, () => {
  const folder = temporaryFolder();
  after(() => folder[Symbol.dispose]());
  let certified: Certified;
  before(() => void (certified = certify(folder.path, "DNS:xks.test")));

  test("names, URIs and external keys are used once; other accounts see nothing", async () => {
    await using stage = await scene(certified);
    const { client, proxy, server } = stage;
    const store = await connectedStore(client);
    await keyIn(stage, store, "one");
    await assert.rejects(keyIn(stage, store, "one"), named("XksKeyAlreadyInUseException"));
    await assert.rejects(
      client.send(new CreateCustomKeyStoreCommand(storeInput())),
      named("CustomKeyStoreNameInUseException"),
    );
    await assert.rejects(
      client.send(new CreateCustomKeyStoreCommand(storeInput({ CustomKeyStoreName: "second" }))),
      named("XksProxyUriInUseException"),
    );
    const inVpc = {
      CustomKeyStoreName: "third",
      XksProxyConnectivity: "VPC_ENDPOINT_SERVICE",
      XksProxyVpcEndpointServiceName: "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d",
      XksProxyUriPath: "/other/kms/xks/v1",
    };
    await assert.rejects(
      client.send(new CreateCustomKeyStoreCommand(storeInput(inVpc))),
      named("XksProxyUriEndpointInUseException"),
    );
    await assert.rejects(
      client.send(new CreateCustomKeyStoreCommand(storeInput({ ...inVpc, XksProxyUriEndpoint: "https://no.test" }))),
      named("XksProxyVpcEndpointServiceNotFoundException"),
    );
    await assert.rejects(
      describedStore(kms(server, rootOf("111122223333")), store),
      named("CustomKeyStoreNotFoundException"),
    );
    const { CustomKeyStores, Truncated } = await client.send(
      new DescribeCustomKeyStoresCommand({ CustomKeyStoreName: "vault outside" }),
    );
    assert.deepEqual([CustomKeyStores!.length, Truncated], [1, false]);
    assert.equal(proxy.seen.filter(({ path }) => path.endsWith("/health")).length, 2);
  });

  test("what may change while connected changes, and is tried first; the rest waits", async () => {
    await using stage = await scene(certified);
    const { client, proxy } = stage;
    const CustomKeyStoreId = await connectedStore(client);
    const update = (more: object) => client.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, ...more }));
    await update({ NewCustomKeyStoreName: "renamed" });
    assert.equal((await describedStore(client, CustomKeyStoreId)).CustomKeyStoreName, "renamed");
    const wrong = { ...proxyCredential, RawSecretAccessKey: "w".repeat(43) };
    await assert.rejects(
      update({ XksProxyAuthenticationCredential: wrong }),
      named("XksProxyIncorrectAuthenticationCredentialException"),
    );
    proxy.secretAccessKey = "n".repeat(43);
    await update({ XksProxyAuthenticationCredential: { ...proxyCredential, RawSecretAccessKey: "n".repeat(43) } });
    await keyIn(stage, CustomKeyStoreId, "one");
    await assert.rejects(update({ XksProxyUriPath: "/x/kms/xks/v1" }), named("XksProxyInvalidConfigurationException"));
    await assert.rejects(
      update({ XksProxyUriEndpoint: "https://xks.test" }),
      named("CustomKeyStoreInvalidStateException"),
    );
    await assert.rejects(update({ KeyStorePassword: "seven77" }), named("ValidationException"));
  });

  test("an account has ten stores at most in a Region", async () => {
    await using stage = await scene(certified);
    const { client } = stage;
    const add = (index: number) =>
      client.send(
        new CreateCustomKeyStoreCommand(
          storeInput({ CustomKeyStoreName: `store ${index}`, XksProxyUriPath: `/test${index}/kms/xks/v1` }),
        ),
      );
    for (let index = 1; index <= 10; index++) await add(index);
    await assert.rejects(add(11), named("LimitExceededException"));
    const first = await client.send(new DescribeCustomKeyStoresCommand({ Limit: 7 }));
    const rest = await client.send(new DescribeCustomKeyStoresCommand({ Limit: 7, Marker: first.NextMarker }));
    const names = [...first.CustomKeyStores!, ...rest.CustomKeyStores!].map((store) => store.CustomKeyStoreName);
    assert.equal(new Set(names).size, 10);
    assert.deepEqual([first.Truncated, rest.Truncated], [true, false]);
  });
});
