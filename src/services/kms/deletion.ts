import type { DueWork, ServiceEvent } from "../../operation.ts";
import type { Change, Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { keyResource } from "./ask-key.ts";
import type { Key } from "./entities.ts";
import { keyArn } from "./find-key.ts";
import { endGrantChanges, type Grant } from "./grants/entities.ts";
import { dayMs, putKey } from "./key-rows.ts";
import { forgetMaterial, materialsOf } from "./materials.ts";
import { type Desk, isReplica, relatedKeys } from "./related-keys.ts";

/** What hangs on a key's row and goes with it, beside its material. */
const dependents = ["alias", "key-usage", "xks-key"];

/** Grants that go in one transaction. */
const grantsAtOnce = 500;

/** The key, its material, its aliases and its grants go in one transaction; the material's bytes leave the disk with it. */
export function deleteKey(entity: Entity<Key>, desk: Desk): DueWork {
  const { entities, seal, used } = desk;
  const key = entity.content;
  used.push(reference.byParent("grant", entity.row.id));
  const grants = entities.listByParent<Grant>("grant", entity.row.id, { after: "", limit: grantsAtOnce });
  const ending = grants.flatMap((grant) => endGrantChanges(entities, grant));
  // The key stays due, and dead, until its last grants are gone.
  if (grants.length === grantsAtOnce) return { changes: ending, events: [], used };
  const materials = materialsOf(entity.row.id, desk);
  for (const { row } of materials) forgetMaterial(seal, row.id);
  const hanging = dependents.flatMap((kind) => {
    used.push(reference.byParent(kind, entity.row.id));
    return entities.listByParent(kind, entity.row.id, { after: "", limit: 10_000 });
  });
  const changes: Change[] = [
    entities.delete(entity),
    ...materials.map((material) => entities.delete(material, true)),
    ...hanging.map((row) => entities.delete(row)),
    ...ending,
    ...(isReplica(key) ? withoutReplica(key, desk) : []),
  ];
  return { changes, events: [keyEvent("DeleteKey", key)], used };
}

/** The related keys of a replica that is gone; a primary that waited for the last one begins its own waiting period. */
function withoutReplica(gone: Key, desk: Desk): Change[] {
  return relatedKeys(gone, desk).map((other) => {
    const { pendingWindowDays, ...key } = other.content;
    const { primary, replicas } = key.regions!;
    const regions = { primary, replicas: replicas.filter((region) => region !== gone.region) };
    const last = key.state === "PendingReplicaDeletion" && regions.replicas.length === 0;
    return putKey(
      desk.entities,
      other,
      last
        ? { ...key, regions, state: "PendingDeletion", deletionAt: desk.now + (pendingWindowDays ?? 30) * dayMs }
        : { ...other.content, regions },
    );
  });
}

/** What KMS did by itself to one key. */
export const keyEvent = (name: string, key: Key, details?: object): ServiceEvent => ({
  name,
  region: key.region,
  account: key.account,
  resources: [keyResource({ arn: keyArn(key), account: key.account })],
  ...(details && { details }),
});
