import { setImmediate as breath } from "node:timers/promises";
import type { Entities, Entity } from "../store/entities.ts";
import {
  hourMs,
  hourOf,
  hourText,
  type Life,
  type MeteredKey,
  type MeteredRequests,
  readLineName,
} from "./entities.ts";
import { hoursOfMonth, monthStart, periodsOf, type Span } from "./months.ts";
import { keyMonthPrice, priceList, type RequestClass, requestPrice } from "./prices.ts";

/** One line of a bill, for one period. */
export interface Charge {
  /** Index of the period. */
  readonly period: number;
  readonly account: string;
  readonly region: string;
  /** The key's id, `account/id` for another account's, "" for calls that use none. */
  readonly key: string;
  /** `Decrypt`; "" for keeping the key. */
  readonly operation: string;
  readonly of: RequestClass | "key";
  /** Requests, or months of a key. */
  readonly quantity: number;
  /** So much of it is free. */
  readonly free: number;
  readonly usd: number;
}

/** Rows read in one go. */
const pageMost = 200;

export interface Asked {
  readonly entities: Entities;
  /** Who pays. */
  readonly account: string;
  /** Without gaps, in order; each starts and ends at a full hour. */
  readonly periods: readonly Span[];
  /** Domain clock: a key is charged up to the end of the running hour. */
  readonly now: number;
  /** Given every line once. */
  readonly take: (charge: Charge) => void;
}

export async function bill(asked: Asked): Promise<void> {
  const { entities, account } = asked;
  const readKeys = (after: string) =>
    entities.listByScope<MeteredKey>("metered-key", account, { after, limit: pageMost });
  const work = new Work();
  for await (const { content } of pages(readKeys, "")) {
    chargeKey(content, asked);
    await work.done(asked.periods.length);
  }
  await chargeRequests(asked, work);
}

/** Lines in one go. */
const linesMost = 5000;

/** Lets calls go on while a long bill is made. */
class Work {
  #lines = 0;

  async done(lines: number): Promise<void> {
    this.#lines += lines;
    if (this.#lines < linesMost) return;
    this.#lines = 0;
    await breath();
  }
}

async function* pages<T>(read: (after: string) => Entity<T>[], start: string): AsyncGenerator<Entity<T>> {
  for (let after = start; ; ) {
    const rows = read(after);
    yield* rows;
    if (rows.length < pageMost) return;
    after = rows.at(-1)?.row.id ?? "";
  }
}

/** A key's months: every hour in which it stood for a moment, and as often again as it was rotated before. */
function chargeKey({ account, region, keyId, lives }: MeteredKey, { periods, now, take }: Asked): void {
  for (const [period, span] of periods.entries()) {
    let quantity = 0;
    for (const part of periodsOf(span, "MONTHLY"))
      for (const life of lives) quantity += hoursCharged(life, part, now) / hoursOfMonth(part.from);
    const usd = quantity * keyMonthPrice(region);
    if (quantity > 0) take({ period, account, region, key: keyId, operation: "", of: "key", quantity, free: 0, usd });
  }
}

function hoursCharged({ from, until = Infinity, rotations }: Life, span: Span, now: number): number {
  const end = Math.min(Math.ceil(Math.min(until, now) / hourMs), span.to / hourMs);
  const hoursFrom = (start: number) => Math.max(0, end - Math.max(Math.floor(start / hourMs), span.from / hourMs));
  return [from, ...rotations].reduce((hours, start) => hours + hoursFrom(start), 0);
}

interface Hour {
  at: number;
  rows: { region: string; keys: MeteredRequests["keys"] }[];
}

/** From the month's first hour on, because what is free is used up in the order of time; over all Regions. */
async function chargeRequests(asked: Asked, work: Work): Promise<void> {
  const { entities, account, periods } = asked;
  const [first, last] = [periods[0], periods.at(-1)];
  if (!first || !last) return;
  const read = (after: string) =>
    entities.listByScope<MeteredRequests>("metered-requests", account, { after, limit: pageMost });
  let hour: Hour = { at: -1, rows: [] };
  let [month, free, period] = [-1, 0, 0];
  const close = () => {
    if (hour.rows.length === 0) return;
    if (monthStart(hour.at) !== month) [month, free] = [monthStart(hour.at), priceList.freeRequests];
    while (period < periods.length - 1 && hour.at >= (periods[period]?.to ?? 0)) period += 1;
    free -= chargeHour(hour, free, hour.at >= first.from ? period : undefined, asked);
  };
  for await (const { row, content } of pages(read, `${account}/${hourText(monthStart(first.from))}`)) {
    const [, text = "", region = ""] = row.id.split("/");
    const at = hourOf(text);
    if (at >= last.to) break;
    if (at !== hour.at) {
      close();
      hour = { at, rows: [] };
    }
    hour.rows.push({ region, keys: content.keys });
    await work.done(1 + Object.keys(content.keys).length * 3);
  }
  close();
}

/** Within one hour nobody was first: what is free is shared. Answers how much of it was used. */
function chargeHour({ rows }: Hour, free: number, period: number | undefined, { account, take }: Asked): number {
  const lines = rows.flatMap(({ region, keys }) =>
    Object.entries(keys).flatMap(([key, counts]) =>
      Object.entries(counts).map(([name, quantity]) => ({ region, key, quantity, ...readLineName(name) })),
    ),
  );
  const eligible = lines.reduce((sum, { of, quantity }) => sum + (of === "requests" ? quantity : 0), 0);
  const used = Math.min(free, eligible);
  if (period === undefined) return used;
  for (const { region, key, operation, of, quantity } of lines) {
    const gift = of === "requests" ? (quantity * used) / eligible : 0;
    const usd = (quantity - gift) * requestPrice(region, of);
    take({ period, account, region, key, operation, of, quantity, free: gift, usd });
  }
  return used;
}
