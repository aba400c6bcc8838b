import type { Span } from "../../../meter/months.ts";
import { makeMarker, readMarker } from "../../../marker.ts";
import type { Call, Operation } from "../../../operation.ts";
import { type Expression, type Matches, readFilter } from "../filter.ts";
import { dimensionOf, type Line } from "../lines.ts";
import { eachLine, onCosts, refuseToken } from "../on-costs.ts";
import { type DateInterval, readTimePeriod } from "../time-period.ts";

interface Input {
  TimePeriod: DateInterval;
  SearchString?: string;
  Filter?: Expression;
  SortBy?: { Key: string; SortOrder?: "ASCENDING" | "DESCENDING" }[];
  MaxResults?: number;
  NextPageToken?: string;
}

interface Found {
  readonly span: Span;
  readonly matches: Matches;
}

const resultsMost = 1000;

const find = ({ TimePeriod, Filter }: Input, call: Call): Found => ({
  span: readTimePeriod(TimePeriod, "DAILY", call.now),
  matches: readFilter(Filter),
});

/** Values in the order of their names, or of their cost where SortBy says so; those with the searched text alone. */
async function valuesOf(
  { SearchString = "", SortBy = [] }: Input,
  { span, matches }: Found,
  call: Call,
  ofLine: (line: Line) => readonly string[],
): Promise<string[]> {
  const costs = new Map<string, number>();
  await eachLine([span], call, (line) => {
    if (!matches(line)) return;
    for (const value of ofLine(line)) costs.set(value, (costs.get(value) ?? 0) + line.usd);
  });
  const searched = SearchString.toLowerCase();
  const found = [...costs].filter(([value]) => value.toLowerCase().includes(searched));
  const byName = found.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const [sort] = SortBy;
  if (!sort) return byName.map(([value]) => value);
  const up = byName.toSorted(([, a], [, b]) => a - b).map(([value]) => value);
  return sort.SortOrder === "DESCENDING" ? up.reverse() : up;
}

interface Values {
  readonly page: readonly string[];
  readonly sizes: { readonly ReturnSize: number; readonly TotalSize: number; readonly NextPageToken?: string };
}

function pageOf(values: readonly string[], input: Input, operation: string, call: Call): Values {
  const { NextPageToken, MaxResults = resultsMost, ...asked } = input;
  const list = JSON.stringify([operation, asked]);
  const start = NextPageToken === undefined ? 0 : Number(readMarker(list, NextPageToken, call) ?? refuseToken());
  const end = start + Math.min(MaxResults, resultsMost);
  const page = values.slice(start, end);
  const more = end < values.length && { NextPageToken: makeMarker(list, String(end), call) };
  return { page, sizes: { ReturnSize: page.length, TotalSize: values.length, ...more } };
}

export const getDimensionValues: Operation<Input & { Dimension: string }, unknown, Found> = onCosts<
  Input & { Dimension: string },
  Found
>({
  name: "GetDimensionValues",
  find,
  run: async (input, found, call) => {
    const names = new Map<string, string>();
    const values = await valuesOf(input, found, call, (line) => {
      const value = dimensionOf(input.Dimension, line);
      if (value !== "") names.set(value, line.accountName);
      return value === "" ? [] : [value];
    });
    const { page, sizes } = pageOf(values, input, "GetDimensionValues", call);
    const described = (value: string) =>
      input.Dimension === "LINKED_ACCOUNT" ? { description: names.get(value) ?? value } : {};
    return {
      answer: { ...sizes, DimensionValues: page.map((Value) => ({ Value, Attributes: described(Value) })) },
    };
  },
});

export const getTags: Operation<Input & { TagKey?: string }, unknown, Found> = onCosts<
  Input & { TagKey?: string },
  Found
>({
  name: "GetTags",
  find,
  run: async (input, found, call) => {
    const { TagKey } = input;
    const values = await valuesOf(input, found, call, ({ tags }) => {
      if (TagKey === undefined) return Object.keys(tags);
      return [Object.hasOwn(tags, TagKey) ? (tags[TagKey] ?? "") : ""];
    });
    const { page, sizes } = pageOf(values, input, "GetTags", call);
    return { answer: { ...sizes, Tags: page } };
  },
});
