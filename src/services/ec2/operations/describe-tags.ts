import type { Tag } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import { makeMarker, readMarker } from "../../../marker.ts";
import type { Entity } from "../../../store/entities.ts";
import { askAll } from "../ask-ec2.ts";
import { ownRows } from "../describe.ts";
import { compileFilters, type Filter, type FilterFields } from "../filters.ts";
import { checkPaging, type Paging, type RowReader } from "../paging.ts";
import { recordedFilters } from "../recorded.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { resourceKinds } from "../resource-kinds.ts";

interface Input extends Paging {
  Filters?: Filter[];
  DryRun?: boolean;
}

/** One tag of one resource. */
interface Described {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly tags: readonly [Tag];
}

const fields: FilterFields<Described> = {
  key: ({ tags: [{ Key }] }) => Key,
  value: ({ tags: [{ Value }] }) => Value,
  "resource-id": ({ resourceId }) => resourceId,
  "resource-type": ({ resourceType }) => resourceType,
};

const resultsUsual = 1000;

export const describeTags: Operation<Input, unknown, void> = {
  name: "DescribeTags",
  readOnly: true,
  requestParameters: ({ Filters, MaxResults, NextToken }) => ({
    ...recordedFilters(Filters),
    ...(MaxResults !== undefined && { maxResults: MaxResults }),
    ...(NextToken !== undefined && { nextToken: NextToken }),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeTags", call)],
  run: (input, _found, call) => {
    checkPaging(input, undefined, "");
    const passes = compileFilters(input.Filters, fields);
    const most = input.MaxResults ?? resultsUsual;
    const Tags: object[] = [];
    for (const { place, tag } of tagsFrom(placeOf(input.NextToken, call), call)) {
      if (!passes(tag)) continue;
      if (Tags.length === most) return { answer: { Tags, NextToken: makeMarker(list, JSON.stringify(place), call) } };
      const [own] = tag.tags;
      Tags.push({ ResourceId: tag.resourceId, ResourceType: tag.resourceType, ...own });
    }
    return { answer: { Tags } };
  },
};

/** The kind's number, the row before, and how many tags of the row were told. */
type Place = readonly [kind: number, after: string, told: number];

const list = "tags";
const chunk = 500;

/** The account's tags in this Region, in the order of kinds, ids and their own; each with its place. */
function* tagsFrom([firstKind, firstAfter, told]: Place, call: Call): Generator<{ place: Place; tag: Described }> {
  for (const [number, kind] of resourceKinds.entries()) {
    if (number < firstKind) continue;
    const isFirst = number === firstKind;
    let after = isFirst ? firstAfter : "";
    let skip = isFirst ? told : 0;
    for (const { row, content } of allRows(ownRows(kind, call), after)) {
      const resourceId = row.id.slice(row.id.indexOf("/") + 1);
      for (const [index, tag] of content.tags.entries())
        if (index >= skip)
          yield { place: [number, after, index], tag: { resourceId, resourceType: kind.name, tags: [tag] } };
      skip = 0;
      after = row.id;
    }
  }
}

function* allRows<C>(read: RowReader<C>, start: string): Generator<Entity<C>> {
  for (let after = start; ; ) {
    const rows = read({ after, limit: chunk });
    yield* rows;
    if (rows.length < chunk) return;
    after = rows.at(-1)!.row.id;
  }
}

function placeOf(token: string | undefined, call: Call): Place {
  if (token === undefined || token === "") return [0, "", 0];
  return JSON.parse(readMarker(list, token, call) ?? invalidValue("Unable to parse pagination token")) as Place;
}
