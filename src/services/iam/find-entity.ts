import { refuse } from "../../errors.ts";
import { entityId } from "../../identity/entities.ts";
import type { Ask, Call, Operation, Outcome, RecordedResource } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { askIam, type Values } from "./ask-iam.ts";
import { type EntityKind, entityArn, type NamedEntity } from "./entity-kinds.ts";
import { recorded } from "./recorded.ts";
import { ownTagValues } from "./tags.ts";

/** An entity of the caller's account as a request names it; whether it is there is told after the yes. */
export interface Found<E extends NamedEntity> {
  readonly kind: EntityKind<E>;
  readonly name: string;
  readonly arn: string;
  readonly entity: Entity<E> | undefined;
}

export function findEntity<E extends NamedEntity>(kind: EntityKind<E>, name: string, call: Call): Found<E> {
  const { account } = call.caller.facts;
  const entity = readEntity(kind, entityId(account, name), call);
  return { kind, name, entity, arn: entity?.content.arn ?? entityArn(kind.kind, account, "/", name) };
}

export function readEntity<E extends NamedEntity>(
  { kind }: EntityKind<E>,
  id: string,
  call: Call,
): Entity<E> | undefined {
  call.used.push(reference.row(kind, id));
  return call.entities.get<E>(kind, id);
}

/** Throws NoSuchEntity. */
export const present = <E extends NamedEntity>({ entity, kind, name }: Found<E>): Entity<E> =>
  entity ?? noSuchEntity(kind.missing(name));

export const noSuchEntity = (message: string): never => refuse("NoSuchEntityException", message, 404);

export const alreadyExists = (message: string): never => refuse("EntityAlreadyExistsException", message, 409);

export const deleteConflict = (message: string): never => refuse("DeleteConflictException", message, 409);

export const overLimit = (message: string): never => refuse("LimitExceededException", message, 409);

/** The question whether the caller may do this with what was found; a denial names it as AWS does. */
export const askEntity = <E extends NamedEntity>(
  operation: string,
  { kind, name, arn, entity }: Found<E>,
  call: Call,
  values: Values = [],
): Ask => ({
  ...askIam(operation, call, arn, [...ownTagValues(entity?.content.tags), ...values]),
  phrase: `on resource: ${kind.kind.replace("-", " ")} ${name}`,
});

export const recordedEntity = <E extends NamedEntity>({ kind, arn }: Found<E>, call: Call): RecordedResource => ({
  accountId: call.caller.facts.account,
  type: kind.resourceType,
  ARN: arn,
});

/** What is peculiar to an operation on one entity that its request names. */
export interface EntityOperation<E extends NamedEntity, I> {
  readonly name: string;
  readonly readOnly?: boolean;
  /** What may be done to a service-linked role too; everything else is its service's alone. */
  readonly ofLinked?: boolean;
  /** Condition keys besides those of its tags. */
  readonly values?: (input: I, entity: Entity<E> | undefined) => Values;
  /** Further questions. */
  readonly asks?: (input: I, found: Found<E>, call: Call) => readonly Ask[];
  readonly run: (input: I, entity: Entity<E>, call: Call) => Outcome<unknown>;
}

/** An operation on one entity of that kind: its name says which, its ARN and tags are what is authorised. */
export function onEntity<E extends NamedEntity, I extends object>(
  kind: EntityKind<E>,
  { name, readOnly = false, ofLinked = readOnly, values, asks, run }: EntityOperation<E, I>,
): Operation<I, unknown, Found<E>> {
  return {
    name,
    readOnly,
    requestParameters: recorded,
    find: (input, call) => findEntity(kind, nameIn(input, kind), call),
    resources: (found, call) => [recordedEntity(found, call)],
    asks: (input, found, call) => [
      askEntity(name, found, call, values?.(input, found.entity)),
      ...(asks?.(input, found, call) ?? []),
    ],
    run: (input, found, call) => {
      const entity = present(found);
      if (!ofLinked) refuseLinked(entity.content);
      return run(input, entity, call);
    },
  };
}

/** Throws UnmodifiableEntity for a role that is its service's. */
export function refuseLinked(content: NamedEntity): void {
  if (!("linkedService" in content)) return;
  refuse(
    "UnmodifiableEntityException",
    `Cannot perform the operation on the protected role '${content.name}' - this role is only modifiable by AWS`,
  );
}

const nameIn = (input: object, { member }: EntityKind): string => (input as Record<string, string>)[member] ?? "";
