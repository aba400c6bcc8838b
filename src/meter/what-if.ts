import { type ChargedKey, type ChargedRecord, classOf, isCharged, keysOf } from "./charge.ts";
import { monthStart } from "./months.ts";
import { priceList, requestPrice } from "./prices.ts";

/** How long one data key would have been used again, and for how many messages. */
export interface Reuse {
  readonly minutes: number;
  readonly messages: number;
}

export type Saver = "data-key caching" | "S3 bucket keys" | "SQS data key reuse";

export interface Saving {
  readonly by: Saver;
  /** GenerateDataKey and Decrypt calls that were looked at. */
  readonly calls: number;
  /** So many of them would not have been made. */
  readonly saved: number;
  readonly usd: number;
}

interface CallRecord extends ChargedRecord {
  readonly eventSource: string;
  readonly userIdentity: ChargedRecord["userIdentity"] & { readonly arn?: string };
}

interface Kept {
  until: number;
  left: number;
}

/** Windows remembered before those that are over are forgotten. */
const windowsMost = 100_000;

/**
 * What would not have been asked, had data keys been used again: a call that repeats principal, operation, key and
 * encryption context within the time and the number of messages of the one before it. Give it every record of the
 * trail in order; those before `from` only teach it which keys there are.
 */
export class WhatIf {
  readonly #reuse: Reuse;
  readonly #from: number;
  readonly #to: number;
  readonly #specs = new Map<string, string>();
  readonly #windows = new Map<string, Kept>();
  readonly #counts = new Map<Saver, { calls: number; saved: number }>();
  /** By account and month: all requests that could be free, and what each saver takes away of them. */
  readonly #months = new Map<string, { requests: number; saved: Map<Saver, number> }>();

  constructor(reuse: Reuse, from: number, to: number) {
    this.#reuse = reuse;
    this.#from = from;
    this.#to = to;
  }

  take(line: string): void {
    if (!line.includes('"eventSource":"kms.amazonaws.com"')) return;
    const record = JSON.parse(line) as CallRecord;
    if (record.eventName === "CreateKey") this.#learn(record);
    const at = Date.parse(record.eventTime);
    if (at >= this.#to || at < monthStart(this.#from) || !isCharged(record)) return;
    const specOf = (key: ChargedKey) => this.#specs.get(`${key.region}/${key.keyId}`) ?? "SYMMETRIC_DEFAULT";
    if (classOf(record, specOf) !== "requests") return;
    const name = `${record.recipientAccountId}/${monthStart(at)}`;
    const month = this.#months.get(name) ?? { requests: 0, saved: new Map<Saver, number>() };
    this.#months.set(name, month);
    month.requests += 1;
    if (at < this.#from || !reusable.has(record.eventName) || record.errorCode !== undefined) return;
    const saver = saverOf(record);
    const counts = this.#counts.get(saver) ?? { calls: 0, saved: 0 };
    this.#counts.set(saver, counts);
    counts.calls += 1;
    if (!this.#repeats(windowName(record, saver), at)) return;
    counts.saved += 1;
    month.saved.set(saver, (month.saved.get(saver) ?? 0) + 1);
  }

  /** Each alone; a request that was free saves nothing. */
  savings(): Saving[] {
    const price = requestPrice("", "requests");
    const paid = (requests: number) => Math.max(0, requests - priceList.freeRequests) * price;
    return [...this.#counts].map(([by, counts]) => {
      const usd = [...this.#months.values()].reduce(
        (sum, { requests, saved }) => sum + paid(requests) - paid(requests - (saved.get(by) ?? 0)),
        0,
      );
      return { by, ...counts, usd };
    });
  }

  #learn(record: CallRecord): void {
    const { keySpec } = (record.responseElements?.keyMetadata ?? {}) as { keySpec?: string };
    for (const { region, keyId } of keysOf(record)) this.#specs.set(`${region}/${keyId}`, keySpec ?? "");
  }

  #repeats(name: string, at: number): boolean {
    const kept = this.#windows.get(name);
    if (kept && at < kept.until && kept.left > 0) {
      kept.left -= 1;
      return true;
    }
    if (this.#windows.size >= windowsMost)
      for (const [old, { until }] of this.#windows) if (until <= at) this.#windows.delete(old);
    if (this.#windows.size >= windowsMost) this.#windows.clear();
    this.#windows.set(name, { until: at + this.#reuse.minutes * 60_000, left: this.#reuse.messages - 1 });
    return false;
  }
}

const reusable: ReadonlySet<string> = new Set(["Decrypt", "GenerateDataKey"]);

function saverOf({ userIdentity: { invokedBy } }: CallRecord): Saver {
  if (invokedBy === "s3.amazonaws.com") return "S3 bucket keys";
  return invokedBy === "sqs.amazonaws.com" ? "SQS data key reuse" : "data-key caching";
}

/** Calls of one name could have shared a data key. A bucket's key serves all of its objects. */
function windowName(record: CallRecord, saver: Saver): string {
  const { eventName, userIdentity, requestParameters, recipientAccountId, awsRegion } = record;
  const context = (requestParameters?.encryptionContext ?? {}) as Record<string, unknown>;
  const object = context["aws:s3:arn"];
  const bound =
    saver === "S3 bucket keys" && typeof object === "string"
      ? object.split("/", 1)
      : saver === "SQS data key reuse"
        ? []
        : Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const [key] = keysOf(record);
  // A service's data key is shared by all for whom it works.
  const who = saver === "SQS data key reuse" ? "" : (userIdentity.arn ?? userIdentity.invokedBy ?? "");
  return JSON.stringify([recipientAccountId, awsRegion, who, eventName, key?.account, key?.keyId, bound]);
}
