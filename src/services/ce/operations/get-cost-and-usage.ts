import { periodsOf, type Span, type Step } from "../../../meter/months.ts";
import { refuse } from "../../../errors.ts";
import { makeMarker, readMarker } from "../../../marker.ts";
import type { Call, Operation } from "../../../operation.ts";
import { type Expression, type Matches, readFilter } from "../filter.ts";
import { type GroupBy, readGroups } from "../groups.ts";
import { addLine, amounts, type Measured, nothing, readMetrics } from "../metrics.ts";
import { eachLine, onCosts, refuseToken } from "../on-costs.ts";
import { type DateInterval, isEstimated, readTimePeriod, writeInterval } from "../time-period.ts";

interface Input {
  TimePeriod: DateInterval;
  Granularity: Step;
  /** GetCostAndUsageWithResources alone may leave it out. */
  Metrics?: string[];
  Filter?: Expression;
  GroupBy?: GroupBy[];
  NextPageToken?: string;
}

interface Found {
  readonly periods: readonly Span[];
  readonly metrics: readonly string[];
  readonly matches: Matches;
  readonly groups: ReturnType<typeof readGroups>;
}

/** Groups of one answer, over all pages and periods. */
const sumsMost = 300_000;

const refuseSize = (): never =>
  refuse("LimitExceededException", "The result has too many groups. Ask for less time, or group by something else.");

/** Groups on one page, over all of its periods. */
const groupsMost = 1000;

const costsByTime = (name: string, byResource: boolean): Operation<Input, unknown, Found> =>
  onCosts<Input, Found>({
    name,
    find: (input, call) => {
      const { TimePeriod, Granularity, Metrics = ["UnblendedCost"], Filter, GroupBy = [] } = input;
      const metrics = readMetrics(Metrics);
      const span = readTimePeriod(TimePeriod, Granularity, call.now, byResource);
      return {
        periods: periodsOf(span, Granularity),
        metrics,
        matches: readFilter(Filter),
        groups: readGroups(GroupBy, byResource),
      };
    },
    run: async (input, found, call) => {
      const totals = found.periods.map(() => new Map<string, Measured>());
      let left = sumsMost;
      const newGroup = (): Measured => {
        left -= 1;
        return left < 0 ? refuseSize() : nothing();
      };
      await eachLine(found.periods, call, (line) => {
        if (!found.matches(line)) return;
        const name = JSON.stringify(found.groups.map((keyOf) => keyOf(line)));
        const groups = totals[line.period]!;
        const sum = groups.get(name) ?? newGroup();
        groups.set(name, sum);
        addLine(sum, line);
      });
      return { answer: { ...answerOf(name, totals, input, found, call), DimensionValueAttributes: [] } };
    },
  });

export const getCostAndUsage: Operation = costsByTime("GetCostAndUsage", false);

/** The same by key, for the last 14 days. */
export const getCostAndUsageWithResources: Operation = costsByTime("GetCostAndUsageWithResources", true);

function answerOf(
  name: string,
  totals: readonly Map<string, Measured>[],
  input: Input,
  found: Found,
  call: Call,
): object {
  const { GroupBy = [], Granularity, NextPageToken, ...asked } = input;
  const period = (index: number, members: object) => ({
    TimePeriod: writeInterval(found.periods[index]!, Granularity),
    ...members,
    Estimated: isEstimated(found.periods[index]!, call.now),
  });
  if (GroupBy.length === 0)
    return {
      ResultsByTime: totals.map((sums, index) =>
        period(index, { Total: amounts(sums.get("[]") ?? nothing(), found.metrics), Groups: [] }),
      ),
    };
  const list = JSON.stringify([name, asked, Granularity, GroupBy]);
  const start = NextPageToken === undefined ? [0, ""] : readStart(list, NextPageToken, call);
  const ResultsByTime: object[] = [];
  let [left, next] = [groupsMost, ""];
  for (let index = Number(start[0]); index < totals.length && next === ""; index++) {
    const after = index === start[0] ? String(start[1]) : "";
    const groups = [...totals[index]!].filter(([name]) => name > after).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const shown = groups.slice(0, left);
    left -= shown.length;
    const Groups = shown.map(([name, sum]) => ({ Keys: JSON.parse(name), Metrics: amounts(sum, found.metrics) }));
    ResultsByTime.push(period(index, { Total: {}, Groups }));
    if (shown.length < groups.length) next = JSON.stringify([index, shown.at(-1)?.[0] ?? after]);
  }
  return {
    GroupDefinitions: GroupBy,
    ResultsByTime,
    ...(next !== "" && { NextPageToken: makeMarker(list, next, call) }),
  };
}

/** The period, and the last group of it that was shown. */
const readStart = (list: string, token: string, call: Call): unknown[] =>
  JSON.parse(readMarker(list, token, call) ?? refuseToken()) as unknown[];
