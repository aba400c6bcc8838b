import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { askIam } from "../ask-key.ts";
import { moveCluster } from "../key-stores/clusters.ts";
import type { KeyStore } from "../key-stores/entities.ts";
import { findStore, ownStores } from "../key-stores/find-store.ts";
import { asking, proxyClient, requestMetadata } from "../key-stores/proxy.ts";
import { recordedSettings, storeEventData } from "../key-stores/records.ts";
import {
  checkEndpointService,
  checkUnique,
  proxySettings,
  refuseForeignMembers,
  type StoreInput,
} from "../key-stores/settings.ts";

interface Input extends StoreInput {
  CustomKeyStoreId: string;
  NewCustomKeyStoreName?: string;
}

/** What may change while the store is connected; everything else needs DISCONNECTED (kms.md, section 11). */
const atAnyTime = new Set([
  "CustomKeyStoreId",
  "NewCustomKeyStoreName",
  "XksProxyUriPath",
  "XksProxyAuthenticationCredential",
]);

export const updateCustomKeyStore: Operation<Input, unknown, undefined> = {
  name: "UpdateCustomKeyStore",
  readOnly: false,
  requestParameters: (input) => ({
    customKeyStoreId: input.CustomKeyStoreId,
    ...(input.NewCustomKeyStoreName !== undefined && { newCustomKeyStoreName: input.NewCustomKeyStoreName }),
    ...recordedSettings(input),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("UpdateCustomKeyStore", call)],
  run: async (input, _found, call, [decision]) => {
    const store = findStore(input.CustomKeyStoreId, call);
    const before = store.content;
    refuseForeignMembers(input, before.proxy ? "EXTERNAL_KEY_STORE" : "AWS_CLOUDHSM");
    checkStateFor(input, before);
    const name = input.NewCustomKeyStoreName ?? before.name;
    const proxy = before.proxy && proxySettings(input, before.proxy);
    checkUnique(ownStores(call), { name, ...(proxy && { proxy }) }, before.id);
    const after: KeyStore = { ...before, name, ...(proxy && { proxy }) };
    const changes: Change[] = [];
    if (proxy) await checkProxy(input, store, after, call, decision!);
    if (before.cluster && input.CloudHsmClusterId !== undefined) {
      const moved = moveCluster(before.cluster, input.CloudHsmClusterId, store.row.id, call);
      after.cluster = moved.cluster;
      changes.push(...moved.changes);
    }
    const secret = input.XksProxyAuthenticationCredential?.RawSecretAccessKey ?? input.KeyStorePassword;
    const wrapped = secret !== undefined && {
      secret: call.seal.wrap({ kind: "key-store", id: store.row.id }, Buffer.from(secret)),
    };
    return {
      answer: {},
      changes: [call.entities.put<KeyStore>(store, after, wrapped || {}), ...changes],
      responseElements: null,
      additionalEventData: storeEventData(after),
    };
  },
};

function checkStateFor(input: Input, { id, state }: KeyStore): void {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const needs = given.map(([member]) => member).find((member) => !atAnyTime.has(member));
  if (needs !== undefined && state !== "DISCONNECTED")
    refuse(
      "CustomKeyStoreInvalidStateException",
      `Custom key store ${id} must be disconnected to change ${needs}. Its connection state is ${state}.`,
    );
}

/** New settings of a proxy that can be reached now are tried before they are kept. */
async function checkProxy(
  input: Input,
  { content, row }: Entity<KeyStore>,
  { proxy, region }: KeyStore,
  call: Call,
  decision: Decision,
): Promise<void> {
  const same = ["endpoint", "path", "connectivity", "accessKeyId"] as const;
  const secret = input.XksProxyAuthenticationCredential?.RawSecretAccessKey;
  if (secret === undefined && same.every((member) => content.proxy![member] === proxy![member])) return;
  checkEndpointService(proxy!, call);
  if (proxy!.connectivity !== "PUBLIC_ENDPOINT" && content.state !== "CONNECTED") return;
  const kept = () => call.seal.open(decision, { kind: row.kind, id: row.id }, row.secret!).toString("latin1");
  const client = proxyClient(proxy!, region, secret ?? kept(), call);
  await asking("set up store", client.checkHealth(requestMetadata("UpdateCustomKeyStore", call)));
}
