import { refuse } from "../../errors.ts";
import { regionalArn } from "../../arn.ts";
import type { Span } from "../../meter/months.ts";
import type { Call, Operation, Outcome } from "../../operation.ts";
import type { Line } from "./lines.ts";
import { linkedAccounts } from "./linked-accounts.ts";

interface Peculiar<I, F> {
  readonly name: string;
  /** Checks and reads the input. */
  readonly find: (input: I, call: Call) => F;
  readonly run: (input: I, found: F, call: Call) => Promise<Outcome<unknown>>;
}

/** An operation of Cost Explorer: all of them read what the caller's account may see. */
export const onCosts = <I extends object, F>({ name, find, run }: Peculiar<I, F>): Operation<I, unknown, F> => ({
  name,
  readOnly: true,
  requestParameters: recorded,
  find,
  asks: (_input, _found, call) => [
    {
      action: `ce:${name}`,
      resource: regionalArn("ce", "us-east-1", call.caller.facts.account, `/${name}`),
      resourceAccount: call.caller.facts.account,
      trust: "identity",
      context: new Map(),
    },
  ],
  run,
});

/** CloudTrail's requestParameters: members as the wire names them, their first letters small. */
function recorded(input: object): object {
  const lowered = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(lowered);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [(name[0] ?? "").toLowerCase() + name.slice(1), lowered(member)]),
    );
  };
  return lowered(input) as object;
}

/** Gives every line of the accounts that the caller sees. */
export async function eachLine(periods: readonly Span[], call: Call, take: (line: Line) => void): Promise<void> {
  const accounts = linkedAccounts(call);
  await call.meter.follow();
  for (const { account, name, payer } of accounts)
    await call.meter.bill({
      account,
      periods,
      now: call.now,
      take: (charge) => take({ ...charge, payer, accountName: name, tags: tagsOf(call, charge.region, charge.key) }),
    });
}

/** Another account's key does not show its tags. */
const tagsOf = (call: Call, region: string, key: string): Readonly<Record<string, string>> =>
  key === "" || key.includes("/") ? {} : call.meter.tagsOf(region, key);

export const refuseToken = (): never => refuse("InvalidNextTokenException", "The pagination token is invalid.");
