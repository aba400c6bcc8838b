import { regionalArn } from "../arn.ts";
import type { Charge } from "./bill.ts";
import { hourMs } from "./entities.ts";
import type { Meter } from "./meter.ts";
import { periodsOf, type Span } from "./months.ts";
import { priceList } from "./prices.ts";

export type Division = "account" | "region" | "key" | "operation";

export interface Amount {
  usd: number;
  requests: number;
  /** So many of the requests are free. */
  free: number;
  /** Months of keys. */
  keyMonths: number;
}

/** What `claviger cost` shows: all accounts of the installation together. */
export interface Cost {
  readonly from: string;
  readonly to: string;
  readonly pricesAsOf: string;
  readonly currency: string;
  readonly total: Amount;
  /** The dearest first. */
  readonly rows: readonly (Amount & { readonly name: string })[];
  /** Rows that are left out; they are in the total. */
  readonly more: number;
  readonly days: readonly { readonly day: string; readonly usd: number }[];
}

const rowsMost = 5000;

export async function costOf(meter: Meter, asked: Span & { readonly by: Division }, now: number): Promise<Cost> {
  const { by } = asked;
  const whole = { from: Math.floor(asked.from / hourMs) * hourMs, to: Math.ceil(asked.to / hourMs) * hourMs };
  const periods = periodsOf(whole, "DAILY");
  const days = periods.map(({ from }) => ({ day: new Date(from).toISOString().slice(0, 10), usd: 0 }));
  const total = nothing();
  const rows = new Map<string, Amount>();
  const take = (charge: Charge): void => {
    const name = nameOf[by](charge);
    const row = rows.get(name) ?? nothing();
    rows.set(name, row);
    add(row, charge);
    add(total, charge);
    const day = days[charge.period];
    if (day) day.usd += charge.usd;
  };
  await meter.follow();
  for (const account of meter.accounts()) await meter.bill({ account, periods, now, take });
  const sorted = [...rows].toSorted(([a, { usd }], [b, other]) => other.usd - usd || (a < b ? -1 : 1));
  return {
    from: new Date(whole.from).toISOString(),
    to: new Date(whole.to).toISOString(),
    pricesAsOf: priceList.asOf,
    currency: priceList.currency,
    total,
    rows: sorted.slice(0, rowsMost).map(([name, amount]) => ({ name, ...amount })),
    more: Math.max(0, sorted.length - rowsMost),
    days,
  };
}

const nothing = (): Amount => ({ usd: 0, requests: 0, free: 0, keyMonths: 0 });

function add(amount: Amount, { usd, of, quantity, free }: Charge): void {
  amount.usd += usd;
  if (of === "key") amount.keyMonths += quantity;
  else amount.requests += quantity;
  amount.free += free;
}

const nameOf: Readonly<Record<Division, (charge: Charge) => string>> = {
  account: ({ account }) => account,
  region: ({ region }) => region,
  key: (charge) => (charge.key === "" ? "no key" : chargedArn(charge)),
  operation: ({ operation }) => (operation === "" ? "keeping keys" : operation),
};

/** The ARN of the key that a charge is for; it uses one. */
export function chargedArn({ account, region, key }: Pick<Charge, "account" | "region" | "key">): string {
  const [keyId = "", owner = account] = key.split("/").toReversed();
  return regionalArn("kms", region, owner, `key/${keyId}`);
}
