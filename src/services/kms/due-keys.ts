import type { Clocks } from "../../clocks.ts";
import type { DueHandlers, DueWork } from "../../operation.ts";
import type { Outbound } from "../../outbound/gate.ts";
import type { Clusters } from "../../pkcs11/clusters.ts";
import type { Seal } from "../../seal/seal.ts";
import type { Entities, Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { deleteKey } from "./deletion.ts";
import { expireMaterials } from "./dropped-materials.ts";
import type { Key } from "./entities.ts";
import { connectStore } from "./key-stores/connect.ts";
import type { KeyStore } from "./key-stores/entities.ts";
import { leaveStore } from "./key-stores/leave-store.ts";
import { asOf, putKey, rotates } from "./key-rows.ts";
import { type Desk } from "./related-keys.ts";
import { rotateKey } from "./rotation.ts";

interface House {
  readonly entities: Entities;
  readonly seal: Seal;
  readonly clocks: Clocks;
  readonly outbound: Outbound;
  readonly clusters: Clusters;
}

/** What KMS does by itself when a key's date has come. */
export const kmsDueHandlers = (house: House): DueHandlers =>
  new Map<string, (entity: Entity<unknown>, now: number) => DueWork | Promise<DueWork>>([
    ["key", (entity, now) => keyDue(entity as Entity<Key>, house, now)],
    ["key-store", (entity) => connectStore(entity as Entity<KeyStore>, house)],
  ]);

function keyDue(entity: Entity<Key>, house: House, now: number): DueWork | Promise<DueWork> {
  const { entities, seal } = house;
  const work = oneThingDue(entity, { entities, seal, now, used: [reference.row("key", entity.row.id)] });
  const leaves = entity.content.customKeyStoreId !== undefined && work.events.some(({ name }) => name === "DeleteKey");
  return leaves ? leaveStore(work, entity.content, house) : work;
}

/** One thing at a time: what is still due afterwards is handled next. */
function oneThingDue(entity: Entity<Key>, desk: Desk): DueWork {
  const key = entity.content;
  const come = (date: number | undefined): boolean => date !== undefined && date <= desk.now;
  if (key.state === "PendingDeletion" && come(key.deletionAt)) return deleteKey(entity, desk);
  if (come(key.settlesAt))
    return { changes: [putKey(desk.entities, entity, asOf(entity, desk.now).content)], events: [], used: desk.used };
  if (come(key.expiresAt)) return expireMaterials(entity, desk);
  const { rotation } = key;
  if (rotation && rotates(key) && come(rotation.nextAt)) {
    const at = rotation.overdue ? desk.now : rotation.nextAt;
    return { ...rotateKey(entity, { type: "AUTOMATIC", at }, desk), used: desk.used };
  }
  throw new Error(`the key ${key.keyId} is due for nothing`);
}
