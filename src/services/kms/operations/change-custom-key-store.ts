import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { askIam } from "../ask-key.ts";
import { releaseCluster } from "../key-stores/clusters.ts";
import type { KeyStore } from "../key-stores/entities.ts";
import { findStore } from "../key-stores/find-store.ts";
import { storeEventData } from "../key-stores/records.ts";

interface Input {
  CustomKeyStoreId: string;
}

/** An operation on one store of the caller's account, in the states in which AWS allows it. */
function changing(
  name: string,
  states: readonly KeyStore["state"][],
  change: (store: Entity<KeyStore>, call: Call) => Change[],
): Operation<Input, unknown, undefined> {
  return {
    name,
    readOnly: false,
    requestParameters: (input) => ({ customKeyStoreId: input.CustomKeyStoreId }),
    find: () => undefined,
    asks: (_input, _found, call) => [askIam(name, call)],
    run: (input, _found, call) => {
      const store = findStore(input.CustomKeyStoreId, call);
      const { id, state } = store.content;
      if (!states.includes(state))
        refuse(
          "CustomKeyStoreInvalidStateException",
          `Custom key store ${id} has the connection state ${state}, which is not valid for ${name}.`,
        );
      return {
        answer: {},
        changes: change(store, call),
        responseElements: null,
        additionalEventData: storeEventData(store.content),
      };
    },
  };
}

/** Answers at once; a job does the rest, and DescribeCustomKeyStores tells how it went. */
export const connectCustomKeyStore: Operation = changing(
  "ConnectCustomKeyStore",
  ["DISCONNECTED", "CONNECTING", "CONNECTED"],
  (store, call) => {
    const { failure: _, ...content } = store.content;
    return [call.entities.put<KeyStore>(store, { ...content, state: "CONNECTING" }, { due: call.now })];
  },
);

export const disconnectCustomKeyStore: Operation = changing(
  "DisconnectCustomKeyStore",
  ["CONNECTED", "CONNECTING", "FAILED"],
  (store, call) => {
    const { failure: _, ...content } = store.content;
    return [call.entities.put<KeyStore>(store, { ...content, state: "DISCONNECTED" }, { due: null })];
  },
);

export const deleteCustomKeyStore: Operation = changing("DeleteCustomKeyStore", ["DISCONNECTED"], (store, call) => {
  call.used.push(reference.byParent("key", store.row.id));
  // Keys that wait for their deletion count, too.
  if (call.entities.listByParent("key", store.row.id, { after: "", limit: 1 }).length > 0)
    refuse("CustomKeyStoreHasCMKsException", `Custom key store ${store.content.id} contains KMS keys.`);
  return [call.entities.delete(store), ...releaseCluster(store.content, call)];
});
