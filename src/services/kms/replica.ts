import type { SavedPolicy, Tag } from "../../identity/entities.ts";
import type { Call, ServiceEvent } from "../../operation.ts";
import type { Decision } from "../../policy/decision.ts";
import type { Change, Entity } from "../../store/entities.ts";
import { type Key, keyRowId } from "./entities.ts";
import { createKeyRow, putKey, settlingMs } from "./key-rows.ts";
import { copyMaterial, materialsOf } from "./materials.ts";
import { relatedKeys } from "./related-keys.ts";
import { synchronized } from "./rotation.ts";

/** What belongs to the replica alone (kms.md, section 9). */
export interface OwnOfReplica {
  readonly region: string;
  readonly policy: SavedPolicy;
  readonly description: string;
  readonly tags: readonly Tag[];
}

/**
 * A related key in another Region, with the primary's material and history. Imported material is bound to the replica
 * but not copied: it is brought to every Region by its owner.
 */
export function newReplica(
  decision: Decision,
  primary: Entity<Key>,
  own: OwnOfReplica,
  call: Call,
): { replica: Key; changes: Change[]; events: ServiceEvent[] } {
  const { entities } = call;
  const shared = primary.content;
  const imported = shared.origin === "EXTERNAL";
  const regions = { primary: shared.region, replicas: [...(shared.regions?.replicas ?? []), own.region].sort() };
  const replica: Key = {
    ...sharedOf(shared),
    ...own,
    tags: [...own.tags],
    state: "Creating",
    settlesAt: call.now + settlingMs,
    settlesTo: imported ? "PendingImport" : "Enabled",
    createdAt: call.now,
    regions,
  };
  const materials = materialsOf(primary.row.id, call);
  const family = [primary, ...relatedKeys(shared, call)];
  return {
    replica,
    changes: [
      createKeyRow(replica, entities),
      ...materials.map((material) => copyMaterial(decision, material, shared, replica, !imported, call)),
      ...family.map((member) => putKey(entities, member, { ...member.content, regions })),
    ],
    events: [synchronized(replica)],
  };
}

/** The members of a key that all related keys have alike. */
const sharedOf = (key: Key): Omit<Key, "region" | "policy" | "description" | "tags" | "state" | "createdAt"> => {
  const { account, keyId, spec, usage, origin, manager, multiRegion } = key;
  const { currentMaterialId, publicKey, rotation, rotations, onDemandRotations, pendingMaterialId } = key;
  return {
    account,
    keyId,
    spec,
    usage,
    origin,
    manager,
    multiRegion,
    ...(currentMaterialId !== undefined && { currentMaterialId }),
    ...(publicKey !== undefined && { publicKey }),
    ...(rotation && { rotation }),
    ...(rotations !== undefined && { rotations }),
    ...(onDemandRotations !== undefined && { onDemandRotations }),
    ...(pendingMaterialId !== undefined && { pendingMaterialId }),
  };
};

/** The key in another Region, whatever becomes of it there: an id is taken until its row is gone. */
export const rowInRegion = (region: string, keyId: string, { entities, used }: Call): Entity<Key> | undefined => {
  const id = keyRowId(region, keyId);
  used.push(`key=${id}`);
  return entities.get<Key>("key", id);
};
