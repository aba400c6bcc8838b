import type { DueHandlers, DueWork } from "../../operation.ts";
import type { Seal } from "../../seal/seal.ts";
import type { Entities, Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { deleteKey } from "./deletion.ts";
import type { Key } from "./entities.ts";
import { expireMaterials } from "./imported-materials.ts";
import { asOf, putKey, rotates } from "./key-rows.ts";
import { type Desk } from "./related-keys.ts";
import { rotateKey } from "./rotation.ts";

interface House {
  readonly entities: Entities;
  readonly seal: Seal;
}

/** What KMS does by itself when a key's date has come. */
export const kmsDueHandlers = ({ entities, seal }: House): DueHandlers =>
  new Map([
    [
      "key",
      (entity, now) =>
        keyDue(entity as Entity<Key>, { entities, seal, now, used: [reference.row("key", entity.row.id)] }),
    ],
  ]);

/** One thing at a time: what is still due afterwards is handled next. */
function keyDue(entity: Entity<Key>, desk: Desk): DueWork {
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
