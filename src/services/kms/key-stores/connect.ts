import { randomUUID } from "node:crypto";
import type { DueWork } from "../../../operation.ts";
import { systemDecision } from "../../../policy/decide.ts";
import type { Entities, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { loginCluster } from "./clusters.ts";
import type { ConnectionError, KeyStore } from "./entities.ts";
import { type Reach, storeProxy } from "./proxy.ts";
import { connectionError } from "./proxy-errors.ts";

/**
 * What ConnectCustomKeyStore began, done by a job: CONNECTING becomes CONNECTED, or FAILED with the reason.
 * Differs: AWS records the call alone; here the outcome is recorded as well, as the service's own act.
 */
export async function connectStore(
  entity: Entity<KeyStore>,
  reach: Reach & { readonly entities: Entities },
): Promise<DueWork> {
  const store = entity.content;
  const failure = await reasonNotTo(entity, reach);
  const { failure: _, ...settled } = store;
  const after: KeyStore =
    failure === undefined ? { ...settled, state: "CONNECTED" } : { ...settled, state: "FAILED", failure };
  const details = {
    customKeyStoreId: store.id,
    connectionState: after.state,
    ...(failure !== undefined && { connectionErrorCode: failure }),
  };
  const { region, account } = store;
  return {
    changes: [reach.entities.put<KeyStore>(entity, after, { due: null })],
    events: [{ name: "ConnectCustomKeyStore", region, account, resources: [], details }],
    used: [reference.row("key-store", entity.row.id)],
  };
}

async function reasonNotTo(entity: Entity<KeyStore>, reach: Reach): Promise<ConnectionError | undefined> {
  const decision = systemDecision("connect-key-store");
  const { proxy } = entity.content;
  if (!proxy) return await loginCluster(entity, decision, reach);
  if (proxy.connectivity === "VPC_ENDPOINT_SERVICE" && !reach.outbound.maps(new URL(proxy.endpoint).hostname))
    return "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND";
  try {
    const metadata = { kmsOperation: "ConnectCustomKeyStore", kmsRequestId: randomUUID() };
    await storeProxy(entity, decision, reach).checkHealth(metadata);
    return undefined;
  } catch (error) {
    return connectionError(error);
  }
}
