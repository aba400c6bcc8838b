import type { Change } from "./store.ts";
import { reference } from "./store.ts";

/** Lists whose length is remembered; the one asked for least recently is counted again. */
const rememberedMost = 10_000;

/** The lengths of lists, counted once and then kept up with what is committed. */
export class Counts {
  readonly #known = new Map<string, number>();
  /** Counted since the last batch: the batch being written may or may not be in them. */
  readonly #fresh = new Set<string>();

  of(list: string, count: () => number): number {
    const known = this.#known.get(list);
    const length = known ?? count();
    if (known === undefined) this.#fresh.add(list);
    this.#known.delete(list);
    this.#known.set(list, length);
    if (this.#known.size > rememberedMost) this.#known.delete(this.#known.keys().next().value ?? "");
    return length;
  }

  /** One committed batch: what came, what went, and what has moved from one list to another. */
  follow(changes: readonly Change[]): void {
    for (const { kind, scope, parent, expect, row } of changes) {
      if (expect > 0) this.#add([reference.byScope(kind, scope), reference.byParent(kind, parent)], -1);
      if (row) this.#add([reference.byScope(kind, row.scope), reference.byParent(kind, row.parent)], 1);
    }
    this.#fresh.clear();
  }

  #add(lists: readonly string[], difference: number): void {
    for (const list of lists) {
      const length = this.#known.get(list);
      if (length === undefined) continue;
      if (this.#fresh.has(list)) this.#known.delete(list);
      else this.#known.set(list, length + difference);
    }
  }
}
