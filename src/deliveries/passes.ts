import type { Entity } from "../store/entities.ts";
import { allOf, isOf, Overtaken, type Post, type Standing, standingOf } from "./book.ts";
import type { Delivery, Span } from "./entities.ts";
import { deliverWindow } from "./rounds.ts";
import { readWindow, type Window } from "./window.ts";

/** Records that may be read again after a crash, because nobody wanted them and no cursor was written down. */
const unwrittenMost = 50_000;

interface Open {
  readonly id: string;
  readonly standing: Standing;
}

/** Passes over the audit trail: what is new is read once for all trails together. */
export class Passes {
  readonly #post: Post;
  /** By span: the last record that is known not to be wanted, ahead of the cursor in the store. */
  readonly #ahead = new Map<string, number>();
  constructor(post: Post) {
    this.#post = post;
  }

  /** Delivers log files until nothing is new, or `stopped` says so. Answers what failed, by delivery. */
  async deliver(stopped: () => boolean): Promise<ReadonlyMap<string, unknown>> {
    const { entities, trail } = this.#post;
    const last = trail.last;
    const failed = new Map<string, unknown>();
    const standings = [...allOf<Delivery>(entities, "trail-delivery")].map((row) => standingOf(entities, row));
    let live = standings.flatMap((standing) => standing.open.map((span) => ({ id: span.row.id, standing })));
    this.#forgetOthers(live);
    const attempt = async (one: Open, window: Window): Promise<boolean> => {
      try {
        return await this.#deliver(one, window, last);
      } catch (error) {
        if (!(error instanceof Overtaken)) failed.set(one.standing.delivery.row.id, error);
        return false;
      }
    };
    const halted = ({ standing }: Open) => failed.has(standing.delivery.row.id);
    for (const one of live) if (!halted(one)) await this.#again(one, attempt);
    const trails = standings.flatMap((standing) => (standing.trail ? [standing.trail] : []));
    const wanted = (account: string) => trails.some((one) => isOf(entities, one, account));
    for (;;) {
      live = live.filter((one) => !halted(one) && this.#cursor(one.id) < last);
      if (live.length === 0 || stopped()) return failed;
      const window = await readWindow(trail, Math.min(...live.map(({ id }) => this.#cursor(id))), last, wanted);
      const stays: Open[] = [];
      for (const one of live) {
        // Spans of one trail are delivered one after the other: what went before it failed, so it waits.
        if (halted(one)) continue;
        if (this.#cursor(one.id) >= window.until || (await attempt(one, window))) stays.push(one);
      }
      live = stays;
    }
  }

  /** What was begun before the last end of the program. */
  async #again(one: Open, attempt: (one: Open, window: Window) => Promise<boolean>): Promise<void> {
    const { entities, trail } = this.#post;
    const span = entities.get<Span>("trail-span", one.id);
    const round = span?.content.round;
    if (!round) return;
    const wanted = (account: string) => isOf(entities, round.trail, account);
    await attempt(one, await readWindow(trail, span.content.cursor, round.until, wanted));
  }

  #cursor(id: string): number {
    const span = this.#post.entities.get<Span>("trail-span", id);
    return span && !span.content.ended ? Math.max(span.content.cursor, this.#ahead.get(id) ?? 0) : Infinity;
  }

  /** False when the span has nothing more to deliver in this pass. */
  async #deliver({ id, standing }: Open, window: Window, last: number): Promise<boolean> {
    const span = this.#post.entities.get<Span>("trail-span", id);
    if (!span) return false;
    const cursor = span.content.round ? span.content.cursor : this.#cursor(id);
    const ahead = { ...span, content: { ...span.content, cursor } };
    const came = await deliverWindow(this.#post, standing, ahead, window, { newest: window.until >= last });
    if (came === "unwanted" || came === "started") await this.#pass(span, window.until, came === "started");
    else this.#ahead.delete(id);
    return came !== "waits" && came !== "ended";
  }

  /** Written down only now and then: nothing was delivered. */
  async #pass(span: Entity<Span>, until: number, started: boolean): Promise<void> {
    this.#ahead.set(span.row.id, until);
    if (!started && until - span.content.cursor < unwrittenMost) return;
    const { start, ...content } = span.content;
    const kept = started || start === undefined ? {} : { start };
    await this.#post.commit([this.#post.entities.put<Span>(span, { ...content, ...kept, cursor: until })]);
  }

  #forgetOthers(live: readonly Open[]): void {
    const ids = new Set(live.map(({ id }) => id));
    for (const id of this.#ahead.keys()) if (!ids.has(id)) this.#ahead.delete(id);
  }
}
