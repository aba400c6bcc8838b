import type { Clocks } from "../../clocks.ts";
import type { DueHandlers, DueWork } from "../../operation.ts";
import type { Seal } from "../../seal/seal.ts";
import type { Change, Entities, Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import type { Key } from "./entities.ts";
import { keyResource } from "./ask-key.ts";
import { keyArn } from "./find-key.ts";
import { endGrantChanges, type Grant } from "./grants/entities.ts";
import { forgetMaterial } from "./materials.ts";

interface House {
  readonly entities: Entities;
  readonly seal: Seal;
  readonly clocks: Clocks;
}

/** What KMS does by itself when a key's date has come. */
export const kmsDueHandlers = (house: House): DueHandlers =>
  new Map([["key", (entity, now) => deleteKey(entity as Entity<Key>, now, house)]]);

/** Grants that go in one transaction. */
const grantsAtOnce = 500;

/** The key, its material, its aliases and its grants go in one transaction; the material's bytes leave the disk with it. */
function deleteKey(entity: Entity<Key>, now: number, { entities, seal }: House): DueWork {
  const key = entity.content;
  if (key.state !== "PendingDeletion" || key.deletionAt === undefined || key.deletionAt > now)
    throw new Error(`the key ${key.keyId} is due for nothing`);
  const grants = entities.listByParent<Grant>("grant", entity.row.id, { after: "", limit: grantsAtOnce });
  const ending = grants.flatMap((grant) => endGrantChanges(entities, grant));
  const used = [reference.row("key", entity.row.id), reference.byParent("grant", entity.row.id)];
  // The key stays due, and dead, until its last grants are gone.
  if (grants.length === grantsAtOnce) return { changes: ending, events: [], used };
  const everything = { after: "", limit: 10_000 };
  const materials = entities.listByParent("material", entity.row.id, everything);
  const aliases = entities.listByParent("alias", entity.row.id, everything);
  for (const { row } of materials) forgetMaterial(seal, row.id);
  const changes: Change[] = [
    entities.delete(entity),
    ...materials.map((material) => entities.delete(material, true)),
    ...aliases.map((alias) => entities.delete(alias)),
    ...ending,
  ];
  const resource = keyResource({ arn: keyArn(key), account: key.account });
  return {
    changes,
    events: [{ name: "DeleteKey", region: key.region, account: key.account, resources: [resource] }],
    used: [...used, reference.byParent("material", entity.row.id), reference.byParent("alias", entity.row.id)],
  };
}
