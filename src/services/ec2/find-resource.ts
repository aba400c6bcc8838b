import type { Call } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { checkId, notFound, type Resource, type ResourceKind } from "./resource-kinds.ts";

/** A resource as a call found it. Whether it is there is said after the authorization: see `present`. */
export interface FoundResource<T extends Resource = Resource> {
  readonly kind: ResourceKind<T>;
  readonly id: string;
  readonly region: string;
  /** Undefined: there is none, or none that the caller may know of. */
  readonly entity: Entity<T> | undefined;
}

const isOwn = ({ account }: Resource, call: Call): boolean => account === call.caller.facts.account;

/** A resource that the caller may know of: its own in the call's Region, if nothing else is said. Throws Malformed. */
export function findResource<T extends Resource>(
  kind: ResourceKind<T>,
  id: string,
  call: Call,
  visible: (resource: T, call: Call) => boolean = isOwn,
  region: string = call.region,
): FoundResource<T> {
  checkId(kind, id);
  const rowId = `${region}/${id}`;
  call.used.push(reference.row(kind.name, rowId));
  const entity = call.entities.get<T>(kind.name, rowId);
  return { kind, id, region, entity: entity && visible(entity.content, call) ? entity : undefined };
}

/** Throws the kind's NotFound error. */
export function present<T extends Resource>({ kind, id, entity }: FoundResource<T>): Entity<T> {
  if (!entity) throw notFound(kind, id);
  return entity;
}
