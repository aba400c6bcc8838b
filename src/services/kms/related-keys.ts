import type { Call } from "../../operation.ts";
import type { Change, Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { type Key, keyRowId } from "./entities.ts";
import { asOf, putKey } from "./key-rows.ts";
import { keyArn } from "./find-key.ts";

/** What reading and changing related keys needs: a call has it, and so has a job. */
export type Desk = Pick<Call, "entities" | "seal" | "used" | "now">;

/** A replica's own key, or the set it belongs to without replicas, has none. */
export function relatedKeys({ regions, region, keyId }: Key, { entities, used, now }: Desk): Entity<Key>[] {
  if (!regions) return [];
  const others = [regions.primary, ...regions.replicas].filter((other) => other !== region);
  return others.flatMap((other) => {
    const id = keyRowId(other, keyId);
    used.push(reference.row("key", id));
    const entity = entities.get<Key>("key", id);
    return entity ? [asOf(entity, now)] : [];
  });
}

/** A key, changed, and what its related keys take over of the change, in one transaction. */
export function putShared(
  entity: Entity<Key>,
  key: Key,
  shared: (related: Key, changed: Key) => Key,
  desk: Desk,
): Change[] {
  return [
    putKey(desk.entities, entity, key),
    ...relatedKeys(entity.content, desk).map((other) => putKey(desk.entities, other, shared(other.content, key))),
  ];
}

export const isReplica = ({ regions, region }: Key): boolean => regions !== undefined && regions.primary !== region;

/** DescribeKey's MultiRegionConfiguration (kms.md, section 1.2). */
export function multiRegionConfiguration(key: Key): object | undefined {
  if (!key.regions) return undefined;
  const { primary, replicas } = key.regions;
  const place = (region: string) => ({ Arn: keyArn({ ...key, region }), Region: region });
  return {
    MultiRegionKeyType: isReplica(key) ? "REPLICA" : "PRIMARY",
    PrimaryKey: place(primary),
    ReplicaKeys: replicas.map(place),
  };
}
