import { eventTime, serviceRecord } from "../audit/event.ts";
import { type Cut, PruningRefused } from "../audit/trail.ts";
import type { Clocks } from "../clocks.ts";
import type { Store } from "../store/store.ts";

/** Who takes the trail elsewhere, and the number of the last record that it has. */
export interface Taker {
  readonly name: string;
  readonly taken: number;
}

export interface PruningAsked {
  /** Domain clock, milliseconds: what is older goes. */
  readonly before: number;
  /** Say what would go, and leave it. */
  readonly dryRun: boolean;
  /** Wait for nobody. */
  readonly force: boolean;
}

export interface PruningTold {
  /** What went, or would go. */
  readonly cut: Omit<Cut, "segments"> | null;
  /** An event time: what is younger stays, since event data stores hold it. Null when that is not in the way. */
  readonly heldSince: string | null;
  /** Who does not have everything that is older: what it lacks stays. */
  readonly waitingFor: readonly Taker[];
}

export interface RetentionSettings {
  readonly store: Store;
  readonly clocks: Clocks;
  /** PEM of the key that signs checkpoints. */
  readonly publicKey: string;
  readonly takers: () => Promise<readonly Taker[]>;
  /** Since when the trail is read where it lies, by CloudTrail Lake. Domain clock, milliseconds. */
  readonly heldSince: () => number;
  /** In whose trail the pruning is recorded. */
  readonly account: () => string;
  readonly failed: (error: unknown) => void;
}

const everyMs = 3_600_000;

/** Lets the oldest part of the trail go, when somebody asks and by the clock. The event of it is durable before. */
export class Retention {
  readonly #settings: RetentionSettings;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  constructor(settings: RetentionSettings) {
    this.#settings = settings;
  }

  /** One after the other. Rejects with PruningRefused. */
  prune(asked: PruningAsked): Promise<PruningTold> {
    const next = this.#running.then(() => this.#prune(asked));
    this.#running = next.catch(() => undefined);
    return next;
  }

  /** From now on, what is older than `keepMs` goes within the hour. */
  start(keepMs: number): void {
    const run = () => {
      const asked = { before: this.#settings.clocks.domain() - keepMs, dryRun: false, force: false };
      this.prune(asked).catch(this.#settings.failed);
    };
    this.#timer = setInterval(run, everyMs).unref();
    this.#settings.store.onChange((changed) => {
      // The clock's offset counts from the moment when everybody has heard of it.
      if (this.#timer && changed.some(({ kind, id }) => kind === "installation" && id === "clock")) setImmediate(run);
    });
    run();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  async #prune({ before, dryRun, force }: PruningAsked): Promise<PruningTold> {
    const { store, publicKey, takers, heldSince } = this.#settings;
    const held = force ? Infinity : heldSince();
    const behind = (await takers()).filter(({ taken }) => taken < store.trail.last);
    const until = force ? store.trail.last : Math.min(store.trail.last, ...behind.map(({ taken }) => taken));
    const announce = async (cut: Cut): Promise<boolean> => {
      if (!dryRun) await this.#record(cut, force);
      return !dryRun;
    };
    const cut = await store.trail.prune({ before: eventTime(Math.min(before, held)), until, publicKey, announce });
    const { segments: _internal, ...told } = cut ?? { segments: [] };
    return {
      cut: cut ? (told as Omit<Cut, "segments">) : null,
      heldSince: held < before ? eventTime(held) : null,
      waitingFor: behind,
    };
  }

  async #record({ first, last, from, until, hash }: Cut, forced: boolean): Promise<void> {
    const { store, clocks, account } = this.#settings;
    const details = { firstRecord: first, lastRecord: last, from, until, hash, forced };
    const event = {
      name: "PruneTrail",
      region: "us-east-1",
      account: account(),
      resources: [],
      details,
      source: "claviger",
    };
    const records = [serviceRecord(event, clocks.domain())];
    const outcome = await new Promise((resolve) =>
      store.commit({ changes: [], records, used: [], decidedAt: store.changeNumber }, resolve),
    );
    if (outcome !== "done") throw new PruningRefused("it cannot be recorded");
  }
}
