import type { DueHandlers, DueWork } from "../operation.ts";
import { type Change, type Entities, type Entity, reference } from "../store/entities.ts";
import type { LakeQuery } from "./entities.ts";

/** Rows that go in one transaction. */
const atOnce = 200;

/** Event data stores go seven days after their deletion was asked for, queries with their results after seven days. */
export const lakeDueHandlers = (entities: Entities): DueHandlers =>
  new Map([
    ["event-data-store", (entity: Entity<unknown>) => gone(entity, "lake-query", entities)],
    ["lake-query", (entity: Entity<unknown>) => gone(entity, "lake-result", entities)],
  ]);

/** What hangs on a row goes first; queries take their own results along. */
function gone(entity: Entity<unknown>, kind: "lake-query" | "lake-result", entities: Entities): DueWork {
  const used = [reference.byParent(kind, entity.row.id)];
  const hanging = entities.listByParent<LakeQuery>(kind, entity.row.id, { after: "", limit: atOnce });
  const changes: Change[] =
    kind === "lake-result"
      ? hanging.map((row) => entities.delete(row))
      : hanging.map((row) => entities.put(row, row.content, { due: 0, parent: "" }));
  if (hanging.length < atOnce) changes.push(entities.delete(entity));
  return { changes, events: [], used };
}
