import type { Attribute } from "../../../audit/terms.ts";
import type { NumberedLine } from "../../../audit/trail.ts";
import { refuse } from "../../../errors.ts";
import { makeMarker, readMarker } from "../../../marker.ts";
import type { Call, Operation } from "../../../operation.ts";
import { askTrail } from "../ask-trail.ts";
import { eventOf } from "../event.ts";

interface Input {
  LookupAttributes?: { AttributeKey: Attribute | "EventId"; AttributeValue: string }[];
  StartTime?: number;
  EndTime?: number;
  EventCategory?: string;
  MaxResults?: number;
  NextToken?: string;
}

const dayMs = 86_400_000;
const keptDays = 90;
const resultsMost = 50;

/** The last 90 days of management events of the caller's account in the Region, newest first (iam.md, section 6). */
export const lookupEvents: Operation<Input, unknown, undefined> = {
  name: "LookupEvents",
  readOnly: true,
  requestParameters: ({ LookupAttributes, StartTime, EndTime, EventCategory, MaxResults, NextToken }) => ({
    ...(LookupAttributes && {
      lookupAttributes: LookupAttributes.map(({ AttributeKey, AttributeValue }) => ({
        attributeKey: AttributeKey,
        attributeValue: AttributeValue,
      })),
    }),
    ...(StartTime !== undefined && { startTime: new Date(StartTime).toUTCString() }),
    ...(EndTime !== undefined && { endTime: new Date(EndTime).toUTCString() }),
    ...(EventCategory !== undefined && { eventCategory: EventCategory }),
    ...(MaxResults !== undefined && { maxResults: MaxResults }),
    ...(NextToken !== undefined && { nextToken: NextToken }),
  }),
  find: (input) => checkInput(input),
  asks: (_input, _found, call) => [askTrail("LookupEvents", "*", call)],
  run: async (input, _found, call) => {
    if (input.EventCategory !== undefined) return { answer: { Events: [] } };
    const limit = input.MaxResults ?? resultsMost;
    const [attribute] = input.LookupAttributes ?? [];
    const list = JSON.stringify(["lookup", call.region, attribute, input.StartTime, input.EndTime]);
    const before = beforeOf(list, input.NextToken, call);
    const lines = await call.trail.find({
      account: call.caller.facts.account,
      region: call.region,
      from: timeOf(Math.max(input.StartTime ?? 0, call.now - keptDays * dayMs)),
      until: timeOf(input.EndTime ?? call.now),
      limit: limit + 1,
      ...(before !== undefined && { before }),
      ...(attribute && { attribute: { name: attribute.AttributeKey, value: attribute.AttributeValue } }),
    });
    return { answer: pageOf(lines, limit, list, call) };
  },
};

function checkInput({ LookupAttributes, StartTime, EndTime, EventCategory }: Input): undefined {
  if ((LookupAttributes?.length ?? 0) > 1)
    refuse("InvalidLookupAttributesException", "You can specify only one lookup attribute.");
  if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime)
    refuse("InvalidTimeRangeException", "The start time must be before the end time.");
  if (EventCategory !== undefined && EventCategory !== "insight")
    refuse("InvalidEventCategoryException", "The event category is not valid: insight is the only one.");
  for (const { AttributeKey, AttributeValue } of LookupAttributes ?? [])
    if (AttributeKey === "ReadOnly" && !/^(true|false)$/.test(AttributeValue))
      refuse("InvalidLookupAttributesException", "The value of ReadOnly is true or false.");
}

function beforeOf(list: string, token: string | undefined, call: Call): number | undefined {
  if (token === undefined) return undefined;
  const number = readMarker(list, token, call);
  return number === undefined
    ? refuse("InvalidNextTokenException", "The token is not valid, or it belongs to another lookup.")
    : Number(number);
}

function pageOf(lines: readonly NumberedLine[], limit: number, list: string, call: Call): object {
  const shown = lines.slice(0, limit);
  const last = shown.at(-1);
  const more = lines.length > limit && last && { NextToken: makeMarker(list, String(last.number), call) };
  return { Events: shown.map(({ line }) => eventOf(line)), ...more };
}

const timeOf = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
