import type { Operation } from "../../../operation.ts";
import { boundaryChanges, type Bounded, boundaryOf, boundaryValues } from "../boundary.ts";
import { type HolderKind, roles, users } from "../entity-kinds.ts";
import { noSuchEntity, onEntity } from "../find-entity.ts";

interface PutInput {
  PermissionsBoundary: string;
}

/** Put and Delete{User,Role}PermissionsBoundary. */
function boundaryOperations<E extends Bounded>(kind: HolderKind<E> & { kind: "user" | "role" }): Operation[] {
  return [
    onEntity<E, PutInput>(kind, {
      name: `Put${kind.word}PermissionsBoundary`,
      values: ({ PermissionsBoundary }) => boundaryValues(PermissionsBoundary),
      run: ({ PermissionsBoundary: boundary }, entity, call) => {
        const bounds = { before: entity.content.boundary, after: boundary };
        const follows = boundaryChanges(kind.kind, entity.row.id, bounds, call);
        return { answer: {}, changes: [call.entities.put(entity, { ...entity.content, boundary }), ...follows] };
      },
    }),
    onEntity<E, object>(kind, {
      name: `Delete${kind.word}PermissionsBoundary`,
      values: (_input, entity) => boundaryValues(boundaryOf(entity)),
      run: (_input, entity, call) => {
        const { boundary, ...content } = entity.content;
        if (boundary === undefined)
          noSuchEntity(`The ${kind.kind} with name ${entity.content.name} has no permissions boundary.`);
        const follows = boundaryChanges(kind.kind, entity.row.id, { before: boundary, after: undefined }, call);
        return { answer: {}, changes: [call.entities.put<object>(entity, content), ...follows] };
      },
    }),
  ];
}

export const permissionsBoundaryOperations: readonly Operation[] = [
  ...boundaryOperations({ ...users, kind: "user" }),
  ...boundaryOperations({ ...roles, kind: "role" }),
];
