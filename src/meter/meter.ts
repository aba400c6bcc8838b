import type { Alike } from "../audit/tally.ts";
import type { Entities } from "../store/entities.ts";
import type { Outcome, Store } from "../store/store.ts";
import { type ChargedKey, type ChargedRecord, classOf, isCharged, keysOf } from "./charge.ts";
import { type Asked, bill } from "./bill.ts";
import { type Cursor, hourText, lineName, type MeteredKey } from "./entities.ts";
import { HourPages } from "./hour-pages.ts";
import { Ledger } from "./ledger.ts";
import { readKey, turnLives } from "./lives.ts";

/** Records of the trail that are counted in one transaction. */
const portion = 2000;

const accountsAtOnce = 1000;

/** Records that may wait to be counted, and how long, wall milliseconds. */
const waitingMost = 20_000;
const waitMostMs = 60_000;

/**
 * Follows the trail and keeps what a bill needs in rows of its own: calls by hour, and the lives of keys. A portion's
 * counts and the cursor are one transaction, so that every record counts once, whatever happens in between; the bill
 * does not need the trail any more.
 */
export class Meter {
  readonly #store: Store;
  readonly #entities: Entities;
  #following: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #seen = 0;
  #stopped = false;

  constructor(store: Store, entities: Entities) {
    this.#store = store;
    this.#entities = entities;
    store.trail.onRecords((last) => {
      if (this.#seen === 0) this.#seen = last;
      if (last - this.#seen > waitingMost) this.#later(0);
      else this.#later(waitMostMs);
    });
  }

  /** Resolves when every record that was durable when it was called is counted. Rejects when it cannot be. */
  async follow(): Promise<void> {
    // What runs already may have read the end of the trail before the newest record came.
    await this.#following?.catch(() => {});
    this.#following ??= this.#followAll().finally(() => (this.#following = undefined));
    await this.#following;
  }

  /** A bill of what was counted: `follow` first. */
  bill(asked: Omit<Asked, "entities">): Promise<void> {
    return bill({ ...asked, entities: this.#entities });
  }

  /** Accounts that have something on their bill, in order; once `follow` has resolved. */
  accounts(): string[] {
    const found: string[] = [];
    for (let more = true; more; ) {
      const rows = this.#entities.listByScope("metered-account", "", {
        after: found.at(-1) ?? "",
        limit: accountsAtOnce,
      });
      found.push(...rows.map(({ row }) => row.id));
      more = rows.length === accountsAtOnce;
    }
    return found;
  }

  /** The tags of a customer managed key; of one that is gone, as they were. */
  tagsOf(region: string, keyId: string): Readonly<Record<string, string>> {
    return this.#entities.get<MeteredKey>("metered-key", `${region}/${keyId}`)?.content.tags ?? {};
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#following?.catch(() => {});
  }

  #later(milliseconds: number): void {
    if (this.#stopped || (this.#timer && milliseconds > 0) || this.#following) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // What does not work now is counted the next time.
      this.follow().catch(() => {});
    }, milliseconds);
    this.#timer.unref();
  }

  async #followAll(): Promise<void> {
    while (!this.#stopped) {
      const decidedAt = this.#store.changeNumber;
      const cursor = this.#entities.get<Cursor>("meter", "cursor")?.content ?? { after: 0, requestId: "" };
      const { alike, next } = await this.#store.trail.tally(cursor.after, portion);
      this.#seen = next;
      if (next === cursor.after) return;
      const ledger = new Ledger(this.#entities);
      ledger.write<Cursor>("meter", "cursor", { after: next, requestId: count(alike, cursor, ledger) }, { scope: "" });
      const changes = ledger.changes();
      const outcome = await new Promise<Outcome | Error>((resolve) =>
        this.#store.commit({ changes, records: [], used: [], decidedAt }, resolve),
      );
      if (outcome !== "done") throw outcome instanceof Error ? outcome : new Error("the meter's rows were changed");
    }
  }
}

/** Writes a portion into the ledger. Answers the last request that stood for itself. */
function count(alike: readonly Alike[], cursor: Cursor, ledger: Ledger): string {
  let { requestId } = cursor;
  const hours = new Map<string, HourPages>();
  const calls = alike.map(({ line, count: calls }) => ({ record: JSON.parse(line) as ChargedRecord, calls }));
  // Specs first: a key's first use may stand in the same portion as its making.
  for (const { record } of calls) turnLives(record, ledger);
  for (const { record, calls: count } of calls) {
    const again = record.requestID !== undefined && record.requestID === requestId;
    requestId = record.requestID ?? requestId;
    if (isCharged(record) && !again) addCalls(record, count, ledger, hours);
  }
  return requestId;
}

function addCalls(record: ChargedRecord, calls: number, ledger: Ledger, hours: Map<string, HourPages>): void {
  const { recipientAccountId: account, awsRegion: region, eventName, eventTime } = record;
  const [key] = keysOf(record);
  const name = key === undefined ? "" : key.account === account ? key.keyId : `${key.account}/${key.keyId}`;
  const specOf = (one: ChargedKey): string => readKey(one, ledger)?.spec ?? "SYMMETRIC_DEFAULT";
  ledger.account(account);
  const hour = `${account}/${hourText(Date.parse(eventTime))}/${region}`;
  const pages = hours.get(hour) ?? new HourPages(hour, account, ledger);
  hours.set(hour, pages);
  pages.add(name, lineName(eventName, classOf(record, specOf)), calls);
}
