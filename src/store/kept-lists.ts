import type { Entity } from "./entities.ts";
import { type Change, type Page, reference } from "./store.ts";

/** Rows kept in all lists together, an empty list counting as one; the lists kept longest go first. */
const rowsMost = 20_000;

/** Longer pages are read anew each time. */
const pageRowsMost = 50;

interface Kept {
  /** By limit. */
  readonly pages: Map<number, readonly Entity<unknown>[]>;
  rows: number;
}

/** First pages of lists by scope, until a commit touches the list: what a hot call asks again and again. */
export class KeptLists {
  readonly #kept = new Map<string, Kept>();
  #rows = 0;

  page(kind: string, scope: string, page: Page, read: () => Entity<unknown>[]): readonly Entity<unknown>[] {
    if (page.after !== "" || page.limit > pageRowsMost) return read();
    const name = reference.byScope(kind, scope);
    const known = this.#kept.get(name)?.pages.get(page.limit);
    if (known) return known;
    const rows = read();
    const kept = this.#kept.get(name) ?? { pages: new Map<number, readonly Entity<unknown>[]>(), rows: 0 };
    kept.pages.set(page.limit, rows);
    kept.rows += Math.max(1, rows.length);
    this.#rows += Math.max(1, rows.length);
    this.#kept.set(name, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#rows <= rowsMost) break;
      this.#forget(oldest);
    }
    return rows;
  }

  forget(changes: readonly Change[]): void {
    for (const { kind, scope, row } of changes) {
      this.#forget(reference.byScope(kind, scope));
      if (row) this.#forget(reference.byScope(kind, row.scope));
    }
  }

  #forget(name: string): void {
    this.#rows -= this.#kept.get(name)?.rows ?? 0;
    this.#kept.delete(name);
  }
}
