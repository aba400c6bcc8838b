import { randomBytes } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Change } from "../../../store/entities.ts";
import { askIam } from "../ask-key.ts";
import { claimCluster } from "../key-stores/clusters.ts";
import { type KeyStore, storeRowId } from "../key-stores/entities.ts";
import { ownStores, storesMost } from "../key-stores/find-store.ts";
import { asking, proxyClient, requestMetadata } from "../key-stores/proxy.ts";
import { recordedSettings } from "../key-stores/records.ts";
import {
  checkEndpointService,
  checkUnique,
  proxySettings,
  refuseForeignMembers,
  requireMembers,
  type StoreInput,
} from "../key-stores/settings.ts";

interface Input extends StoreInput {
  CustomKeyStoreName: string;
  CustomKeyStoreType?: "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE";
}

const typeOf = (input: Input) => input.CustomKeyStoreType ?? "AWS_CLOUDHSM";

export const createCustomKeyStore: Operation<Input, unknown, undefined> = {
  name: "CreateCustomKeyStore",
  readOnly: false,
  requestParameters: (input) => ({
    customKeyStoreName: input.CustomKeyStoreName,
    customKeyStoreType: typeOf(input),
    ...recordedSettings(input),
  }),
  find: (input) => {
    requireMembers(input, typeOf(input));
    refuseForeignMembers(input, typeOf(input));
    return undefined;
  },
  asks: (_input, _found, call) => [askIam("CreateCustomKeyStore", call)],
  run: async (input, _found, call) => {
    const stores = ownStores(call);
    if (stores.length >= storesMost)
      refuse("LimitExceededException", "The limit on the number of custom key stores has been reached.");
    const { account } = call.caller.facts;
    const store: KeyStore = {
      id: `cks-${randomBytes(9).toString("hex").slice(0, 17)}`,
      account,
      region: call.region,
      name: input.CustomKeyStoreName,
      createdAt: call.now,
      state: "DISCONNECTED",
      ...(typeOf(input) === "EXTERNAL_KEY_STORE" && { proxy: proxySettings(input) }),
    };
    checkUnique(stores, store);
    const row = storeRowId(account, call.region, store.id);
    const { settings, secret, changes } = store.proxy
      ? await newProxy(input, store, call)
      : newCluster(input, row, call);
    const wrapped = call.seal.wrap({ kind: "key-store", id: row }, secret);
    secret.fill(0);
    const placement = { scope: `${account}/${call.region}`, secret: wrapped };
    return {
      answer: { CustomKeyStoreId: store.id },
      changes: [call.entities.create<KeyStore>("key-store", row, { ...store, ...settings }, placement), ...changes],
      responseElements: { customKeyStoreId: store.id },
    };
  },
};

interface NewStore {
  readonly settings: Pick<KeyStore, "cluster">;
  readonly secret: Buffer;
  readonly changes: readonly Change[];
}

/** A public proxy must answer now; one behind an endpoint service when the store is connected. */
async function newProxy(input: Input, { proxy, region }: KeyStore, call: Call): Promise<NewStore> {
  const { RawSecretAccessKey: secret } = input.XksProxyAuthenticationCredential!;
  checkEndpointService(proxy!, call);
  if (proxy!.connectivity === "PUBLIC_ENDPOINT") {
    const client = proxyClient(proxy!, region, secret, call);
    await asking("set up store", client.checkHealth(requestMetadata("CreateCustomKeyStore", call)));
  }
  return { settings: {}, secret: Buffer.from(secret, "latin1"), changes: [] };
}

function newCluster(input: Input, storeRow: string, call: Call): NewStore {
  const { cluster, changes } = claimCluster(input.CloudHsmClusterId!, input.TrustAnchorCertificate!, storeRow, call);
  return { settings: { cluster }, secret: Buffer.from(input.KeyStorePassword!), changes };
}
