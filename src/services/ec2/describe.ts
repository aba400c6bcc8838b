import type { Call } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { compileFilters, type Filter, type FilterFields } from "./filters.ts";
import { checkPaging, type PageOf, pageOfRows, type Paging, type RowReader } from "./paging.ts";
import { checkId, notFound, type Resource, type ResourceKind } from "./resource-kinds.ts";

export interface Describing<T extends Resource> {
  readonly kind: ResourceKind<T>;
  /** `snapshotSet`: what EC2 calls the ids in its errors. */
  readonly set: string;
  readonly fields: FilterFields<T>;
  /** What is looked through when no ids are named; the caller's own in this Region, if nothing else is said. */
  readonly parts?: readonly RowReader<T>[];
  /** Whether the caller may know of it; `part`: the list in which it was found, each resource standing in one. */
  readonly visible: (resource: T, part?: number) => boolean;
  /** Further conditions of the call (owners). */
  readonly wanted?: (resource: T) => boolean;
}

export interface DescribeInput extends Paging {
  ids?: readonly string[] | undefined;
  Filters?: Filter[];
}

const idsMost = 1000;

/** The caller's own of a kind, in the call's Region. */
export const ownRows =
  <T extends Resource>(kind: ResourceKind<T>, call: Call): RowReader<T> =>
  (page) =>
    call.entities.listByScope<T>(kind.name, `${call.caller.facts.account}/${call.region}`, page);

/** Whatever is asked for and may be seen. Throws what is wrong with ids, filters, sizes and tokens. */
export function describeResources<T extends Resource>(
  describing: Describing<T>,
  input: DescribeInput,
  call: Call,
): PageOf<Entity<T>> {
  const { kind, set, fields, visible, wanted = () => true } = describing;
  const { ids = [] } = input;
  checkPaging(input, ids, set);
  const passes = compileFilters(input.Filters, fields);
  const kept = (entity: Entity<T>) => wanted(entity.content) && passes(entity.content);
  if (ids.length > 0) return { shown: namedRows(kind, ids, visible, call).filter(kept), more: {} };
  const keep = (entity: Entity<T>, part: number) =>
    visible(entity.content, part) && kept(entity) ? entity : undefined;
  return pageOfRows({ name: set, parts: describing.parts ?? [ownRows(kind, call)], keep }, input, call);
}

/** Each once. Throws Malformed, or NotFound with all the ids that stand for nothing. */
function namedRows<T extends Resource>(
  kind: ResourceKind<T>,
  ids: readonly string[],
  visible: (resource: T) => boolean,
  call: Call,
): Entity<T>[] {
  const unique = [...new Set(ids)].slice(0, idsMost);
  for (const id of unique) checkId(kind, id);
  const found = unique.map((id) => {
    call.used.push(reference.row(kind.name, `${call.region}/${id}`));
    const entity = call.entities.get<T>(kind.name, `${call.region}/${id}`);
    return entity && visible(entity.content) ? entity : undefined;
  });
  const missing = unique.filter((_id, index) => !found[index]);
  if (missing.length > 0) throw notFound(kind, ...missing);
  return found.filter((entity) => entity !== undefined);
}
