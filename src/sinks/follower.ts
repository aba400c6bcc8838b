import { setTimeout as wait } from "node:timers/promises";
import type { Trail } from "../audit/trail.ts";
import { Backoff } from "./backoff.ts";
import { type NumberedRecord, type Sink, SinkFailure } from "./sink.ts";

/** A batch, in records and in bytes of text. Together with what the sink makes of it, this is what a sink holds. */
const batchRecords = 500;
const batchBytes = 1024 * 1024;

/** At the end, for a delivery that is under way. */
const drainMs = 1000;

/** Records are gathered this long, so that a busy trail is read in portions. */
const gatherMs = 50;

export interface FollowerStatus {
  readonly name: string;
  /** Number of the last record that it is sure to have. */
  readonly taken: number;
  /** Records that it does not have yet. */
  readonly lag: number;
  readonly lastSuccess: string | null;
  readonly lastError: string | null;
  /** When it is tried again after a failure. */
  readonly nextTry: string | null;
  /** Records that the other side refused for good, and that were pruned before it took them, since the start. */
  readonly refused: number;
  readonly missed: number;
}

export interface FollowerSettings {
  readonly name: string;
  readonly sink: Sink;
  readonly trail: Trail;
  /** The last record of the trail at the start. */
  readonly last: number;
  /** Where it stood when the service ended. */
  readonly taken: number;
  /** `taken` has moved. */
  readonly moved: () => void;
  readonly backoff?: Backoff;
}

/** Takes the trail to one sink, in order, from where it stood. Nothing waits for it. */
export class Follower {
  readonly #settings: FollowerSettings;
  readonly #backoff: Backoff;
  readonly #ended = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #last: number;
  /** Delivered up to here; `#taken` of it for sure. */
  #position: number;
  #taken: number;
  #sent: { next: number; at: number }[] = [];
  /** How often something was lost on the way: what is delivered across such a moment does not count. */
  #broken = 0;
  #most = batchRecords;
  /** Records of the batch that is under way. */
  #size = 0;
  #told: { success?: number; error?: string; next?: number; refused: number; missed: number };

  constructor(settings: FollowerSettings) {
    this.#settings = settings;
    this.#backoff = settings.backoff ?? new Backoff();
    this.#last = settings.last;
    this.#position = this.#taken = settings.taken;
    this.#told = { refused: 0, missed: 0 };
    settings.trail.onRecords((last) => {
      this.#last = last;
      this.#wake();
    });
    settings.sink.onBroken?.((why) => {
      this.#again(why);
      this.#wake();
    });
  }

  get name(): string {
    return this.#settings.name;
  }
  get taken(): number {
    return this.#taken;
  }

  status(): FollowerStatus {
    const { success, error, next, refused, missed } = this.#told;
    const lag = Math.max(0, this.#last - this.#taken);
    const told = { lastSuccess: timeOf(success), lastError: error ?? null, nextTry: timeOf(next), refused, missed };
    return { name: this.name, taken: this.#taken, lag, ...told };
  }

  start(): void {
    this.#running = this.#run();
  }

  /** What is under way at the end may be delivered again after the next start. */
  async stop(): Promise<void> {
    this.#ended.abort();
    this.#wake();
    await this.#runningOr(drainMs);
    const whole = await this.#settings.sink.close();
    await this.#runningOr(drainMs);
    if (whole) this.#settle(Number.POSITIVE_INFINITY);
  }

  #runningOr(mostMs: number): Promise<void> {
    return Promise.race([this.#running, wait(mostMs, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      this.#settle(Date.now() - this.#settings.sink.settleMs);
      if (this.#position < this.#last) await this.#deliverNext();
      else if (await this.#sleep(this.#untilSettled())) await this.#pause(gatherMs);
    }
  }

  async #deliverNext(): Promise<void> {
    const { trail, sink } = this.#settings;
    const broken = this.#broken;
    try {
      const records = numbered(await trail.after(this.#position, this.#most, batchBytes));
      const [first, last] = [records[0], records.at(-1)];
      if (!first || !last) return await this.#pause(gatherMs);
      this.#size = records.length;
      // What was pruned before this sink took it is not in the trail any more.
      this.#told.missed += first.number - this.#position - 1;
      const refused = await sink.deliver(records);
      if (broken !== this.#broken) return;
      this.#position = last.number;
      this.#sent.push({ next: last.number, at: Date.now() });
      this.#told = { refused: this.#told.refused + refused, missed: this.#told.missed, success: Date.now() };
      this.#backoff.succeeded();
      this.#most = Math.min(batchRecords, this.#most + 10);
    } catch (error) {
      await this.#failed(error);
    }
  }

  async #failed(error: unknown): Promise<void> {
    this.#again(error instanceof Error ? error.message : String(error));
    const { tooLarge = false, retryAfterMs } = error instanceof SinkFailure ? error : {};
    if (tooLarge && this.#size > 1) return void (this.#most = Math.ceil(this.#size / 2));
    const delay = this.#backoff.failed(retryAfterMs);
    this.#told.next = Date.now() + delay;
    await this.#pause(delay);
  }

  /** Ends early when the follower does. */
  async #pause(delay: number): Promise<void> {
    await wait(delay, undefined, { signal: this.#ended.signal, ref: false }).catch(() => undefined);
  }

  /** From what is sure to have arrived. */
  #again(why: string): void {
    this.#broken += 1;
    this.#position = this.#taken;
    this.#sent = [];
    this.#told.error = why.slice(0, 300);
  }

  /** What was sent before `until`, on a connection that holds, has arrived. */
  #settle(until: number): void {
    let moved = false;
    for (let [first] = this.#sent; first && first.at <= until; [first] = this.#sent) {
      this.#sent.shift();
      this.#taken = first.next;
      moved = true;
    }
    if (moved) this.#settings.moved();
  }

  #untilSettled(): number | undefined {
    const [first] = this.#sent;
    return first && Math.max(1, first.at + this.#settings.sink.settleMs - Date.now());
  }

  /** Until there is something new, or until `most` is over. Resolves to whether it was woken. */
  async #sleep(most: number | undefined): Promise<boolean> {
    if (this.#ended.signal.aborted) return false;
    const woken = await new Promise<boolean>((resolve) => {
      const timer = most === undefined ? undefined : setTimeout(resolve, most, false).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
    this.#wake = () => {};
    return woken;
  }
}

const timeOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

function numbered({ lines, next }: { lines: readonly string[]; next: number }): NumberedRecord[] {
  return lines.map((line, index) => ({ number: next - lines.length + 1 + index, line }));
}
