import { refuse } from "../../../errors.ts";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";
import { findOwnTrail, findTrail, type TrailRow } from "./find-trail.ts";
import { arnOfTrail } from "./trail-name.ts";

interface Peculiar<I> {
  readonly name: string;
  readonly readOnly?: true;
  run(input: I, trail: TrailRow, call: Call): Outcome<unknown> | Promise<Outcome<unknown>>;
}

/** An operation on one trail, which is named by `Name` or `TrailName`: to change it, unless it is read-only. */
export function onTrail<I extends { Name?: string; TrailName?: string }>(
  peculiar: Peculiar<I>,
): Operation<I, unknown, string> {
  return {
    name: peculiar.name,
    readOnly: peculiar.readOnly ?? false,
    requestParameters: recorded,
    find: (input, call) => arnOfTrail(givenName(input), call),
    asks: (_input, arn, call) => [askTrail(peculiar.name, arn, call)],
    run: (input, arn, call) => {
      const find = peculiar.readOnly ? findTrail : findOwnTrail;
      return peculiar.run(input, find(arn, givenName(input), call), call);
    },
  };
}

/** The operations of Insights name a trail or an event data store; what is named here is a trail. */
const givenName = ({ Name, TrailName }: { Name?: string; TrailName?: string }): string =>
  Name ??
  TrailName ??
  refuse(
    "InvalidParameterCombinationException",
    "You must specify a trail name: event data stores have no Insights here.",
  );
