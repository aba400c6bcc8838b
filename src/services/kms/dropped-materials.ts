import type { DueWork } from "../../operation.ts";
import type { Change, Entity } from "../../store/entities.ts";
import { keyEvent } from "./deletion.ts";
import { type Key, keyRowId, type Material } from "./entities.ts";
import { putKey } from "./key-rows.ts";
import { forgetMaterial, materialsOf } from "./materials.ts";
import { type Desk, isReplica, relatedKeys } from "./related-keys.ts";

/** The key with the earliest date of the imported materials that it holds. */
export function withExpiry(key: Key, held: readonly Material[]): Key {
  const { expiresAt: _before, ...rest } = key;
  const dates = held.flatMap(({ validTo }) => (validTo === undefined ? [] : [validTo]));
  return dates.length === 0 ? rest : { ...rest, expiresAt: Math.min(...dates) };
}

/**
 * Material that is deleted or has expired: its bytes leave the disk; what is bound stays expected, and the key waits
 * for it. Material that waits for its rotation was not bound for good, and is forgotten, in replicas too.
 */
export function dropMaterials(entity: Entity<Key>, gone: readonly Entity<Material>[], desk: Desk): Change[] {
  const key = entity.content;
  const pending = gone.find(({ content }) => content.materialId === key.pendingMaterialId);
  const unbound = pending !== undefined && !isReplica(key);
  const changes = gone.map((material) =>
    material === pending && unbound ? desk.entities.delete(material, true) : emptied(material, desk),
  );
  const rest = materialsOf(entity.row.id, desk).filter(({ row }) => !gone.some((one) => one.row.id === row.id));
  const bound = gone.length > (pending ? 1 : 0);
  const { pendingMaterialId, ...without } = key;
  const kept = unbound || pendingMaterialId === undefined ? without : key;
  const waits = bound && (key.state === "Enabled" || key.state === "Disabled");
  const changed: Key = {
    ...kept,
    ...(bound && { imported: false }),
    ...(waits && { state: "PendingImport" as const }),
  };
  const held = rest.filter(({ row }) => row.secret !== null).map(({ content }) => content);
  changes.push(putKey(desk.entities, entity, withExpiry(changed, held)));
  if (!unbound) return changes;
  return [...changes, ...relatedKeys(key, desk).flatMap((replica) => withoutPending(replica, desk))];
}

function withoutPending(replica: Entity<Key>, desk: Desk): Change[] {
  const { pendingMaterialId, ...key } = replica.content;
  const materials = materialsOf(keyRowId(key.region, key.keyId), desk);
  const pending = materials.find(({ content }) => content.materialId === pendingMaterialId);
  const held = materials.filter((material) => material !== pending && material.row.secret !== null);
  const changed = withExpiry(
    key,
    held.map(({ content }) => content),
  );
  if (pending) forgetMaterial(desk.seal, pending.row.id);
  return [putKey(desk.entities, replica, changed), ...(pending ? [desk.entities.delete(pending, true)] : [])];
}

function emptied(material: Entity<Material>, { entities, seal }: Desk): Change {
  forgetMaterial(seal, material.row.id);
  const { validTo: _gone, ...content } = material.content;
  return { ...entities.put(material, content, { secret: null }), destroys: true };
}

/** Imported material whose date has come. */
export function expireMaterials(entity: Entity<Key>, desk: Desk): DueWork {
  const gone = materialsOf(entity.row.id, desk).filter(({ row, content }) => {
    return row.secret !== null && (content.validTo ?? Infinity) <= desk.now;
  });
  const { keyId } = entity.content;
  return {
    changes: dropMaterials(entity, gone, desk),
    events: gone.map(({ content }) =>
      keyEvent("DeleteExpiredKeyMaterial", entity.content, { keyId, keyMaterialId: content.materialId }),
    ),
    used: desk.used,
  };
}
