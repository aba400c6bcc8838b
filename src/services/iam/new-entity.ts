import { mintUniqueId } from "../../identity/access-keys.ts";
import type { UniqueId } from "../../identity/entities.ts";
import { entityId } from "../../identity/entities.ts";
import type { Call } from "../../operation.ts";
import type { Change, Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { type EntityKind, entityArn, type NamedEntity } from "./entity-kinds.ts";

/** What everything with a name has from the start. */
export function newEntity<E extends NamedEntity>(
  kind: EntityKind<E>,
  { name, path = "/" }: { name: string; path: string | undefined },
  call: Call,
): NamedEntity {
  const { account } = call.caller.facts;
  const uniqueId = mintUniqueId(kind.uniqueIdPrefix);
  return {
    account,
    name,
    path,
    uniqueId,
    arn: entityArn(kind.kind, account, path, name),
    createdAt: call.now,
    tags: [],
  };
}

/** The rows of something new: its own, and who its unique id stands for. */
export function creation<E extends NamedEntity>({ kind }: EntityKind<E>, content: E, call: Call): Change[] {
  const { account, name, uniqueId, arn } = content;
  return [
    call.entities.create(kind, entityId(account, name), content, { scope: account }),
    call.entities.create<UniqueId>("unique-id", uniqueId, { arn }, { scope: account }),
  ];
}

/** Its row goes, and what its unique id stood for: a policy that names it names nobody from now on. */
export function deletion(entity: Entity<NamedEntity>, call: Call): Change[] {
  const known = uniqueIdRow(entity, call).map((row) => call.entities.delete(row));
  return [call.entities.delete(entity), ...known, ...forgottenUse(entity.content.uniqueId, call)];
}

/** When a role or an access key that goes was last used. */
export function forgottenUse(id: string, call: Call): Change[] {
  call.used.push(reference.row("last-use", id));
  const row = call.entities.get("last-use", id);
  return row ? [call.entities.delete(row)] : [];
}

/** Under another name or path it is the same one: policies that name it go on doing so. */
export function renaming<E extends NamedEntity>(entity: Entity<E>, content: E, call: Call): Change[] {
  const { account, name, arn } = content;
  const id = entityId(account, name);
  const known = uniqueIdRow(entity, call).map((row) => call.entities.put(row, { arn }));
  if (id === entity.row.id) return [call.entities.put(entity, content), ...known];
  const moved = call.entities.create(entity.row.kind, id, content, { scope: account });
  return [call.entities.delete(entity), moved, ...known];
}

function uniqueIdRow({ content }: Entity<NamedEntity>, call: Call): Entity<UniqueId>[] {
  call.used.push(reference.row("unique-id", content.uniqueId));
  const row = call.entities.get<UniqueId>("unique-id", content.uniqueId);
  return row ? [row] : [];
}
