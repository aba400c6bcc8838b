import type { Entity } from "../store/entities.ts";
import type { Store } from "../store/store.ts";
import { allOf, deliveryError, Overtaken, type Post, standingOf } from "./book.ts";
import { deliverDigests, forgetStreams } from "./digests.ts";
import type { Delivery } from "./entities.ts";
import { Passes } from "./passes.ts";

/** How long it sleeps at most: a moved clock and a passed hour are noticed after this many milliseconds. */
const sleepMostMs = 30_000;

/**
 * Follows the audit trail for everybody who has a trail of their own: log files every so often, digest files every
 * hour, by the domain clock. What fails is told in GetTrailStatus and tried again; no call ever waits for it.
 */
export class Deliveries {
  readonly #post: Post;
  readonly #everyMs: number;
  readonly #fault: (error: unknown) => void;
  readonly #passes: Passes;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  #nextAt: number;

  constructor(post: Post, store: Store, everyMs: number, fault: (error: unknown) => void) {
    this.#post = post;
    this.#everyMs = everyMs;
    this.#fault = fault;
    this.#passes = new Passes(post);
    this.#nextAt = post.clocks.domain() + everyMs;
    store.onChange((changed) => {
      // The clock is moved after everybody was told.
      if (changed.some(({ kind, id }) => kind === "installation" && id === "clock")) setImmediate(() => this.#sleep());
    });
    this.#sleep();
  }

  /** Delivers what there is. Resolves when that is done, well or not. */
  async run(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#stopped) return;
    this.#running = this.#runAll().catch(this.#fault);
    await this.#running;
    this.#running = undefined;
    this.#nextAt = this.#post.clocks.domain() + this.#everyMs;
    this.#sleep();
  }

  /** Lets what is being written be finished; the rest is delivered after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** A domain clock that was moved back must not make it wait for the time it was before. */
  #sleep(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#running) return;
    const now = this.#post.clocks.domain();
    this.#nextAt = Math.min(this.#nextAt, now + this.#everyMs);
    const later = () => (this.#post.clocks.domain() >= this.#nextAt ? void this.run() : this.#sleep());
    this.#timer = setTimeout(later, Math.min(Math.max(this.#nextAt - now, 0), sleepMostMs));
    this.#timer.unref();
  }

  async #runAll(): Promise<void> {
    const failed = await this.#passes.deliver(() => this.#stopped);
    for (const delivery of allOf<Delivery>(this.#post.entities, "trail-delivery")) {
      if (this.#stopped) return;
      const { id } = delivery.row;
      if (failed.has(id)) await this.#tell(id, "error", failed.get(id));
      await this.#conclude(delivery).catch((error: unknown) => this.#tell(id, "digestError", error));
    }
  }

  /** Digest files; and what nobody needs any more goes. */
  async #conclude(delivery: Entity<Delivery>): Promise<void> {
    const { entities, commit } = this.#post;
    const standing = standingOf(entities, delivery);
    await deliverDigests(this.#post, standing);
    if (standing.ended.length > 0) await commit(standing.ended.map((span) => entities.delete(span)));
    if (standing.wanted || standing.open.length > 0) return;
    await forgetStreams(this.#post, standing);
    const state = entities.get<Delivery>("trail-delivery", delivery.row.id);
    if (state) await commit([entities.delete(state)]);
  }

  async #tell(id: string, member: "error" | "digestError", error: unknown): Promise<void> {
    if (error instanceof Overtaken) return;
    const code = deliveryError(error);
    if (code === "InternalError") this.#fault(error);
    const { entities, clocks, commit } = this.#post;
    const state = entities.get<Delivery>("trail-delivery", id);
    if (!state) return;
    const told: Delivery = {
      ...state.content,
      [member]: code,
      ...(member === "error" && { attemptedAt: clocks.domain() }),
    };
    await commit([entities.put(state, told)]).catch(this.#fault);
  }
}
