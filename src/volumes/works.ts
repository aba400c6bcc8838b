import { serviceRecord } from "../audit/event.ts";
import type { Disks } from "../disks/disks.ts";
import { AwsError } from "../errors.ts";
import type { Caller } from "../identity/caller.ts";
import type { World } from "../identity/principals.ts";
import type { Change, Entity } from "../store/entities.ts";
import type { Store } from "../store/store.ts";
import type { ServiceEvent } from "../operation.ts";
import { handsFor } from "./hands.ts";
import { workEvent } from "./notifications.ts";
import type { Ending, Work, WorkHandler, WorkHandlers } from "./work.ts";

export interface WorkPlace {
  readonly world: World;
  readonly store: Store;
  readonly disks: Disks;
  readonly handlers: WorkHandlers;
  /** What a start leaves to be done beside what was left before. */
  restarting(): readonly Change[];
  /** A call to KMS as somebody, made and recorded like any other. */
  call(
    who: () => Caller,
    region: string,
    operation: string,
    input: Record<string, unknown>,
  ): Promise<Record<string, unknown>>;
  /** Where instances are booted: `Hands.endGuest`. */
  endGuest?(instance: string): Promise<void>;
  fault(about: string, error: unknown): void;
}

/** Done at once of each kind, the rest waits: EBS too copies twenty snapshots at a time. */
const atOnceMost = 20;
/** An ending that is overtaken this often by other changes is a fault. */
const endingsMost = 100;
/** Rows read at once at a start. */
const pageMost = 1000;
/** How long work rests whose end could not be written: twice as long each time, milliseconds. */
const restMs = { first: 1000, most: 600_000 };

/** Does what calls left to be done, from the moment they are committed, and after a restart what was left then. */
export class Works {
  readonly #place: WorkPlace;
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, { readonly what: string; readonly done: Promise<void> }>();
  readonly #rests = new Map<string, number>();
  #stopped = false;

  constructor(place: WorkPlace) {
    this.#place = place;
    place.store.onChange((changed) => {
      for (const { kind, id, row } of changed)
        if (kind === "volume-work" && row && row.due === null && !this.#running.has(id)) this.#waiting.add(id);
      this.#next();
    });
  }

  /** Takes up what an earlier run left, and what a start itself brings. */
  async resume(): Promise<void> {
    try {
      const nobody = { account: "", region: "" };
      await this.#commit(() => ({ changes: this.#place.restarting() }), workEvent(nobody, "ResumeWork", {}));
    } catch (error) {
      this.#place.fault("works", error);
    }
    for (let after = ""; ; ) {
      const rows = this.#place.world.entities.listByScope<Work>("volume-work", "", { after, limit: pageMost });
      for (const { row } of rows) if (row.due === null) this.#waiting.add(row.id);
      after = rows.at(-1)?.row.id ?? "";
      if (rows.length < pageMost) break;
    }
    this.#next();
  }

  /** What comes to pass outside of any call, with the events that record it. */
  async happened(ending: Ending): Promise<void> {
    await this.#commit(ending, workEvent({ account: "", region: "" }, "Happened", {}));
  }

  /** Starts nothing more; what runs is cut off by `cut` and taken up after the next start. */
  async stop(cut: () => Promise<void>): Promise<void> {
    this.#stopped = true;
    await cut();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #next(): void {
    for (const id of this.#waiting) {
      if (this.#stopped) return;
      const what = id.slice(0, id.indexOf("/"));
      if (this.#running.has(id) || this.#countOf(what) >= atOnceMost) continue;
      this.#waiting.delete(id);
      const done = this.#perform(id).finally(() => {
        this.#running.delete(id);
        this.#next();
      });
      this.#running.set(id, { what, done });
    }
  }

  #countOf(what: string): number {
    let count = 0;
    for (const one of this.#running.values()) if (one.what === what) count += 1;
    return count;
  }

  async #perform(id: string): Promise<void> {
    await Promise.resolve();
    try {
      const work = this.#place.world.entities.get<Work>("volume-work", id);
      if (work) await this.#commit(await this.#outcome(work), toldOf(work));
      this.#rests.delete(id);
    } catch (error) {
      if (this.#stopped) return;
      this.#place.fault(id, error);
      this.#rest(id);
    }
  }

  /** What comes of the work, and that it is done. */
  async #outcome(work: Entity<Work>): Promise<Ending> {
    const { handlers, world } = this.#place;
    const { content, row } = work;
    const handler = handlers.get(content.what);
    if (!handler) throw new Error(`nothing does the work "${content.what}"`);
    const ending = await this.#endingOf(handler, work);
    return () => {
      const written = ending();
      // Work that is put off says so itself.
      const putOff = written.changes.some(({ kind, id }) => kind === row.kind && id === row.id);
      const left = putOff ? undefined : world.entities.get("volume-work", row.id);
      return left ? { ...written, changes: [...written.changes, world.entities.delete(left)] } : written;
    };
  }

  async #endingOf(handler: WorkHandler, work: Entity<Work>): Promise<Ending> {
    const place = {
      ...this.#place,
      commit: (ending: Ending) => this.#commit(ending, toldOf(work)),
      halted: () => this.#stopped,
    };
    const hands = handsFor(work, place);
    try {
      return await handler.run(work.content, hands);
    } catch (error) {
      if (this.#stopped) throw error;
      // What AWS says is an outcome; the rest is ours to know of, and no client's.
      if (!(error instanceof AwsError)) this.#place.fault(work.row.id, error);
      return await handler.fail(work.content, hands, error);
    }
  }

  /** The store may be full or failing: it is tried again, and not forgotten meanwhile. */
  #rest(id: string): void {
    const ms = this.#rests.get(id) ?? restMs.first;
    this.#rests.set(id, Math.min(ms * 2, restMs.most));
    const again = () => {
      this.#waiting.add(id);
      this.#next();
    };
    setTimeout(again, ms).unref();
  }

  /**
   * Written with the events that record it, or with `told` where there are none; made anew when something it touches
   * has changed in between.
   */
  async #commit(ending: Ending, told: ServiceEvent): Promise<void> {
    const { store, world } = this.#place;
    for (let tries = 0; tries < endingsMost; tries++) {
      const decidedAt = store.changeNumber;
      const now = world.clocks.domain();
      const { changes, events = [told], used = [] } = ending();
      if (changes.length === 0) return;
      const records = events.map((event) => serviceRecord(event, now));
      const outcome = await new Promise<string | Error>((resolve) =>
        store.commit({ changes, records, used, decidedAt }, resolve),
      );
      if (outcome instanceof Error) throw outcome;
      if (outcome === "done") return;
    }
    throw new Error("others kept changing what was to be written");
  }
}

const toldOf = ({ content }: Entity<Work>): ServiceEvent =>
  workEvent(content, "ContinueWork", { what: content.what, target: content.target.id });
