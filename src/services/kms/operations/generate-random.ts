import { randomBytes } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Entity } from "../../../store/entities.ts";
import { askIam } from "../ask-key.ts";
import { usingCluster } from "../key-stores/clusters.ts";
import type { KeyStore } from "../key-stores/entities.ts";
import { checkConnected, findStore } from "../key-stores/find-store.ts";
import { whenDone } from "../slow-work.ts";

interface Input {
  NumberOfBytes?: number;
  CustomKeyStoreId?: string;
}

export const generateRandom: Operation<Input, unknown, undefined> = {
  name: "GenerateRandom",
  readOnly: true,
  requestParameters: () => null,
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("GenerateRandom", call)],
  run: (input, _found, call, [decision]) => {
    const { CustomKeyStoreId: id } = input;
    const store = id === undefined ? undefined : findStore(id, call);
    const count = input.NumberOfBytes ?? refuse("ValidationException", "NumberOfBytes is required.");
    const bytes = store ? randomFromStore(store, count, decision!, call) : randomBytes(count);
    return whenDone(bytes, (Plaintext) => ({
      answer: { Plaintext },
      ...(store && { additionalEventData: { customKeyStoreId: store.content.id } }),
    }));
  },
};

/** Only a token gives random bytes; an external key store proxy does not. */
function randomFromStore(store: Entity<KeyStore>, count: number, decision: Decision, call: Call): Promise<Buffer> {
  if (!store.content.cluster)
    refuse("UnsupportedOperationException", "GenerateRandom is not supported in an external key store.");
  checkConnected(store);
  return usingCluster({ arn: store.content.id, store }, decision, call, (cluster, pin) => cluster.random(pin, count));
}
