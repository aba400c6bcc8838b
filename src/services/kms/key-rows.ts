import type { Change, Entities, Entity } from "../../store/entities.ts";
import { type Key, keyRowId, type Rotation } from "./entities.ts";

export const dayMs = 86_400_000;

/** AWS managed keys rotate every year (kms.md, section 7). */
export const yearly = (now: number): Rotation => ({ periodDays: 365, nextAt: now + 365 * dayMs });

/** The next domain time at which a job must look at the key: the earliest of what waits for it. */
export function dueOf(key: Key): number | null {
  const dates = [key.deletionAt, key.settlesAt, key.expiresAt, rotates(key) ? key.rotation?.nextAt : undefined];
  const known = dates.filter((date) => date !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}

/** Automatic rotation is the primary's, and stands still while the key is not enabled. */
export function rotates({ rotation, state, regions, region }: Key): boolean {
  if (!rotation || (regions && regions.primary !== region)) return false;
  return rotation.overdue === true || state === "Enabled" || state === "Updating";
}

export const createKeyRow = (key: Key, entities: Entities): Change =>
  entities.create("key", keyRowId(key.region, key.keyId), key, {
    scope: `${key.account}/${key.region}`,
    due: dueOf(key),
  });

/** A key as it is to be, with the date at which a job must look at it again. */
export const putKey = (entities: Entities, entity: Entity<Key>, key: Key): Change =>
  entities.put(entity, key, { due: dueOf(key) });

/** How long Creating and Updating last, milliseconds. */
export const settlingMs = 500;

/** The key as it is now, also when the job that makes it so has not come to it yet. */
export function asOf(entity: Entity<Key>, now: number): Entity<Key> {
  if (entity.row.due === null || entity.row.due > now) return entity;
  const { settlesAt, settlesTo, ...key } = entity.content;
  if (settlesAt !== undefined && settlesAt <= now)
    return { ...entity, content: { ...key, state: settlesTo ?? "Enabled" } };
  const expired = key.expiresAt !== undefined && key.expiresAt <= now;
  if (!expired || (key.state !== "Enabled" && key.state !== "Disabled")) return entity;
  return { ...entity, content: { ...entity.content, state: "PendingImport", imported: false } };
}
