import type { DueWork } from "../../../operation.ts";
import type { Clusters } from "../../../pkcs11/clusters.ts";
import { systemDecision } from "../../../policy/decide.ts";
import type { Seal } from "../../../seal/seal.ts";
import type { Entities } from "../../../store/entities.ts";
import type { Key } from "../entities.ts";
import { destroyOnToken } from "./clusters.ts";
import { type KeyStore, storeRowId } from "./entities.ts";

interface House {
  readonly entities: Entities;
  readonly seal: Seal;
  readonly clusters: Clusters;
}

/**
 * What the deletion of a key in a custom key store adds: the key on the token is destroyed. A token that cannot be
 * reached keeps an orphan, and the record says so, as on AWS.
 */
export async function leaveStore(work: DueWork, key: Key, house: House): Promise<DueWork> {
  const { account, region, customKeyStoreId = "", backingKeyId } = key;
  const store = house.entities.get<KeyStore>("key-store", storeRowId(account, region, customKeyStoreId));
  const destroyed =
    backingKeyId === undefined || !store
      ? undefined
      : await destroyOnToken(backingKeyId, store, systemDecision("delete-key"), house);
  const details = {
    customKeyStoreId,
    ...(backingKeyId !== undefined && {
      backingKeys: JSON.stringify([{ backingKeyId }]),
      backingKeysDeletionStatus: JSON.stringify([{ backingKeyId, deletionStatus: destroyed ? "SUCCESS" : "FAILURE" }]),
    }),
  };
  return { ...work, events: work.events.map((event) => ({ ...event, details })) };
}
