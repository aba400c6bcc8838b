import { serviceRecord } from "../audit/event.ts";
import type { Clocks } from "../clocks.ts";
import type { Entities, Entity } from "../store/entities.ts";
import type { DueHandlers, DueWork, Upkeep } from "../operation.ts";
import type { Outcome, Store } from "../store/store.ts";

/** Rows handled in one round, so that a long list does not hold up calls. */
const roundMost = 100;

/** The longest sleep: a moved wall clock is noticed after this many milliseconds. */
const sleepMostMs = 30_000;

/** Does what the domain clock says is due: at start, when the clock is moved, and as time passes. */
export class Jobs {
  readonly #store: Store;
  readonly #entities: Entities;
  readonly #clocks: Clocks;
  readonly #handlers: DueHandlers;
  readonly #upkeep: (all: boolean) => Upkeep;
  /** Rows whose handler failed in the last run: they wait for the next one. */
  readonly #failed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(
    store: Store,
    entities: Entities,
    clocks: Clocks,
    handlers: DueHandlers,
    upkeep: (all: boolean) => Upkeep,
  ) {
    this.#store = store;
    this.#entities = entities;
    this.#clocks = clocks;
    this.#handlers = handlers;
    this.#upkeep = upkeep;
    store.onChange((changed) => {
      if (!this.#running && changed.some(({ kind }) => handlers.has(kind))) this.#sleep();
    });
  }

  /** Resolves when nothing is due any more. Calls that come while a run is on wait for one more run. */
  async run(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#stopped) return;
    this.#running = this.#runAll();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
      this.#sleep();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    await this.#keepUp(true);
  }

  async #runAll(): Promise<void> {
    const failed = this.#failed;
    failed.clear();
    await this.#keepUp(false);
    for (;;) {
      const due = this.#entities.listDue(this.#clocks.domain(), roundMost + failed.size);
      const fresh = due.filter(({ row }) => !failed.has(`${row.kind}=${row.id}`));
      if (fresh.length === 0 || this.#stopped) return;
      for (const entity of fresh) {
        const outcome = await this.#handle(entity);
        // A row that changed meanwhile is read again in the next round; one that fails waits for the next run.
        if (outcome instanceof Error) failed.add(`${entity.row.kind}=${entity.row.id}`);
      }
    }
  }

  async #handle(entity: Entity<unknown>): Promise<Outcome | Error> {
    const handler = this.#handlers.get(entity.row.kind);
    if (!handler) return new Error(`nothing handles ${entity.row.kind}`);
    const decidedAt = this.#store.changeNumber;
    const now = this.#clocks.domain();
    let work: DueWork;
    try {
      work = await handler(entity, now);
    } catch (error) {
      // A row that was tampered with, or whose secret does not open, must not hold up the others.
      return error instanceof Error ? error : new Error(String(error));
    }
    const { changes, events, used } = work;
    const records = events.map((event) => serviceRecord(event, now));
    return await new Promise((resolve) => this.#store.commit({ changes, records, used, decidedAt }, resolve));
  }

  /** Writes down what services keep in memory, until nothing is left or a commit does not take. */
  async #keepUp(all: boolean): Promise<void> {
    for (;;) {
      const { changes, written } = this.#upkeep(all);
      if (changes.length === 0) return;
      const decidedAt = this.#store.changeNumber;
      const outcome = await new Promise((resolve) =>
        this.#store.commit({ changes, records: [], used: [], decidedAt }, resolve),
      );
      if (outcome !== "done") return;
      written();
    }
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const later = () => void this.run().catch(() => this.#sleep());
    this.#timer = setTimeout(later, this.#untilNext());
    this.#timer.unref();
  }

  /** Milliseconds until the next date comes. A row that cannot be read is named where it is handled, not here. */
  #untilNext(): number {
    try {
      const next = this.#entities
        .listDue(Number.MAX_SAFE_INTEGER, this.#failed.size + 1)
        .find(({ row }) => !this.#failed.has(`${row.kind}=${row.id}`));
      const wait = (next?.row.due ?? Number.MAX_SAFE_INTEGER) - this.#clocks.domain();
      return Math.min(Math.max(wait, 0), sleepMostMs);
    } catch {
      return sleepMostMs;
    }
  }
}
