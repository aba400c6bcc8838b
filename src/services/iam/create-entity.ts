import type { Tag } from "../../identity/entities.ts";
import type { Ask, Call, Operation, Outcome } from "../../operation.ts";
import { askIam, type Values } from "./ask-iam.ts";
import { type EntityKind, entityArn, type NamedEntity } from "./entity-kinds.ts";
import { alreadyExists, findEntity, type Found } from "./find-entity.ts";
import { recorded } from "./recorded.ts";

/** What is peculiar to making one kind of entity. */
export interface Creation<I> {
  readonly name: string;
  /** The further permission that tags from the start ask for. */
  readonly tagging?: string;
  readonly values?: (input: I) => Values;
  readonly asks?: (input: I, call: Call) => readonly Ask[];
  readonly run: (input: I, call: Call) => Outcome<object>;
}

/** Makes an entity of that kind: the ARN it will have is what is authorised, and its name must be free. */
export function creating<E extends NamedEntity, I extends object>(
  kind: EntityKind<E>,
  { name, tagging, values, asks, run }: Creation<I>,
): Operation<I, unknown, Found<E>> {
  return {
    name,
    readOnly: false,
    requestParameters: recorded,
    find: (input, call) => {
      const { Path = "/", [kind.member]: entityName = "" } = input as Record<string, string>;
      const arn = entityArn(kind.kind, call.caller.facts.account, Path, entityName);
      return { ...findEntity(kind, entityName, call), arn };
    },
    resources: ({ arn }, call) => [{ accountId: call.caller.facts.account, type: kind.resourceType, ARN: arn }],
    asks: (input, { arn }, call) => {
      const context = values?.(input) ?? [];
      const tagged = tagging !== undefined && ((input as { Tags?: Tag[] }).Tags ?? []).length > 0;
      return [
        askIam(name, call, arn, context),
        ...(tagged ? [askIam(tagging, call, arn, context)] : []),
        ...(asks?.(input, call) ?? []),
      ];
    },
    run: (input, { entity, name: entityName }, call) => {
      if (entity) alreadyExists(kind.exists(entityName));
      const outcome = run(input, call);
      return { ...outcome, responseElements: recorded(outcome.answer) };
    },
  };
}
