import { makeMarker, readMarker } from "../../marker.ts";
import type { Tag } from "../../identity/entities.ts";
import type { Call, Operation } from "../../operation.ts";
import { askAll } from "./ask-ec2.ts";
import { compileFilters, type Filter, type FilterFields } from "./filters.ts";
import { checkPaging, type Paging } from "./paging.ts";
import { invalidValue } from "./refuse-ec2.ts";

export interface FixedInput extends Paging {
  readonly Filters?: Filter[];
}

/** Something that is there without anybody having made it; it is told apart by its id. */
export interface FixedThing {
  readonly id: string;
  readonly tags: readonly Tag[];
}

/** A Describe operation over a short list that is computed anew for each call. */
export interface FixedList<I extends FixedInput, T extends FixedThing> {
  readonly name: string;
  /** The answer's member. */
  readonly member: string;
  /** What EC2 calls the ids that are asked for (`vpcSet`). */
  readonly set: string;
  readonly asked: (input: I) => readonly string[] | undefined;
  /** Throws for ids that stand for nothing. */
  readonly missing: (ids: readonly string[]) => never;
  /** In the order of their ids. */
  readonly things: (input: I, call: Call) => readonly T[];
  readonly fields: FilterFields<T>;
  readonly shown: (thing: T, call: Call) => object;
}

const idsMost = 1000;

export const describeFixed = <I extends FixedInput, T extends FixedThing>(list: FixedList<I, T>): Operation<I> => ({
  name: list.name,
  readOnly: true,
  requestParameters: (input) => ({
    [list.set]: { items: list.asked(input)?.map((id) => ({ id })) ?? [] },
    filterSet: { items: input.Filters?.map(({ Name, Values }) => ({ name: Name, valueSet: Values })) ?? [] },
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll(list.name, call)],
  run: (input, _found, call) => {
    const asked = list.asked(input);
    checkPaging(input, asked, list.set);
    const passes = compileFilters(input.Filters, list.fields);
    const found = named(list, asked, list.things(input, call)).filter(passes);
    const { page, more } = pageOf(list.name, found, input, call);
    return { answer: { [list.member]: page.map((thing) => list.shown(thing, call)), ...more } };
  },
});

function named<I extends FixedInput, T extends FixedThing>(
  { missing }: FixedList<I, T>,
  asked: readonly string[] | undefined,
  things: readonly T[],
): readonly T[] {
  if (!asked || asked.length === 0) return things;
  if (asked.length > idsMost) invalidValue(`At most ${idsMost} things can be asked for at once.`);
  const wanted = new Set(asked);
  const found = things.filter(({ id }) => wanted.has(id));
  const known = new Set(found.map(({ id }) => id));
  const unknown = asked.filter((id) => !known.has(id));
  return unknown.length > 0 ? missing(unknown) : found;
}

function pageOf<T extends FixedThing>(
  list: string,
  found: readonly T[],
  { MaxResults, NextToken }: Paging,
  call: Call,
) {
  const after = NextToken === undefined || NextToken === "" ? "" : readMarker(list, NextToken, call);
  if (after === undefined) return invalidValue("Unable to parse pagination token");
  const rest = found.filter(({ id }) => id > after);
  const page = rest.slice(0, MaxResults ?? rest.length);
  const more = page.length < rest.length ? { NextToken: makeMarker(list, page.at(-1)!.id, call) } : {};
  return { page, more };
}
