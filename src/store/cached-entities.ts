import { timingSafeEqual } from "node:crypto";
import type { Entities, Entity, Placement, RowProtection } from "./entities.ts";
import { Counts } from "./counts.ts";
import { KeptLists } from "./kept-lists.ts";
import { type Change, type Page, reference, type Row, type RowBody, type Store } from "./store.ts";

/** A row whose MAC does not hold: somebody wrote to the database past this program. */
export class TamperedRow extends Error {
  constructor(row: Row) {
    super(`The ${row.kind} row "${row.id}" does not carry the MAC of its content: it was changed outside Claviger`);
    this.name = "TamperedRow";
  }
}

interface Kept {
  readonly entity: Entity<unknown>;
  readonly bytes: number;
}

/** Names of rows that do not exist and are asked for again and again, remembered at most. */
const absentMost = 4096;

/** Rows found tampered with that are remembered. */
const tamperedMost = 1000;

/** What a parsed row costs beside its text: objects, map entries, compiled policies. */
const overheadBytes = 1500;

/** `Entities` over a store, with the least recently used rows forgotten first. */
export class CachedEntities implements Entities {
  readonly #store: Store;
  readonly #protection: RowProtection;
  readonly #maxBytes: number;
  readonly #kept = new Map<string, Kept>();
  readonly #absent = new Set<string>();
  readonly #counts = new Counts();
  readonly #lists = new KeptLists();
  /** By name, what is said of it; until it is read with a MAC that holds. */
  readonly #tampered = new Map<string, string>();
  #bytes = 0;

  constructor(store: Store, protection: RowProtection, { maxBytes }: { maxBytes: number }) {
    this.#store = store;
    this.#protection = protection;
    this.#maxBytes = maxBytes;
    // A changed row is forgotten, not replaced: the next reader takes what is committed.
    store.onChange((changed) => {
      for (const { kind, id } of changed) this.#forget(`${kind}=${id}`);
      this.#counts.follow(changed);
      this.#lists.forget(changed);
    });
  }

  get changeNumber(): number {
    return this.#store.changeNumber;
  }

  get<T>(kind: string, id: string): Entity<T> | undefined {
    const name = `${kind}=${id}`;
    const kept = this.#kept.get(name);
    if (kept) {
      // Moving an entry to the young end only matters once old ones may be dropped.
      if (this.#bytes > this.#maxBytes / 2) {
        this.#kept.delete(name);
        this.#kept.set(name, kept);
      }
      return kept.entity as Entity<T>;
    }
    if (this.#absent.has(name)) return undefined;
    const row = this.#store.get(kind, id);
    if (row) return this.#keep(name, this.#verified(row)) as Entity<T>;
    if (this.#absent.size >= absentMost) this.#absent.clear();
    this.#absent.add(name);
    return undefined;
  }

  listByScope<T>(kind: string, scope: string, page: Page): Entity<T>[] {
    const read = () => this.#store.listByScope(kind, scope, page).map((row) => this.#verified(row));
    return [...this.#lists.page(kind, scope, page, read)] as Entity<T>[];
  }
  listByParent<T>(kind: string, parent: string, page: Page): Entity<T>[] {
    return this.#store.listByParent(kind, parent, page).map((row) => this.#verified(row) as Entity<T>);
  }
  /** Without the rows that were tampered with: one of them must not hold up the others. */
  listDue(until: number, limit: number): Entity<unknown>[] {
    const due = this.#store.listDue(until, limit + this.#tampered.size);
    return due.filter((row) => this.#holds(row)).map((row) => this.#verified(row));
  }

  /** The first row whose MAC was found not to hold since the start, in a sentence for /readyz. */
  get unready(): string | undefined {
    const [first] = this.#tampered.values();
    return first;
  }

  countByScope(kind: string, scope: string): number {
    return this.#counts.of(reference.byScope(kind, scope), () => this.#store.countByScope(kind, scope));
  }
  countByParent(kind: string, parent: string): number {
    return this.#counts.of(reference.byParent(kind, parent), () => this.#store.countByParent(kind, parent));
  }

  create<T>(kind: string, id: string, content: T, placement: Placement & { scope: string }): Change {
    const { scope, parent = "", due = null, secret = null } = placement;
    return this.#change(0, { kind, id, scope, parent, due, secret, content: JSON.stringify(content) });
  }

  put<T>({ row }: Entity<T>, content: T, placement: Placement = {}): Change {
    const { kind, id, scope, parent, due, secret, version } = row;
    const text = JSON.stringify(content);
    const change = this.#change(version, { kind, id, scope, parent, due, secret, ...placement, content: text });
    // The lists that it stood in: whoever read those depends on it too.
    return { ...change, scope, parent };
  }

  delete({ row }: Entity<unknown>, destroys = false): Change {
    const { kind, id, scope, parent, version } = row;
    return { kind, id, scope, parent, expect: version, row: null, destroys };
  }

  #change(expect: number, body: RowBody): Change {
    const { kind, id, scope, parent } = body;
    const row = { ...body, version: expect + 1 };
    return { kind, id, scope, parent, expect, row: { ...row, mac: this.#protection.mac(row) } };
  }

  #holds(row: Row): boolean {
    const holds = row.mac.length === 32 && timingSafeEqual(this.#protection.mac(row), row.mac);
    const name = `${row.kind}=${row.id}`;
    if (holds) this.#tampered.delete(name);
    else if (this.#tampered.size < tamperedMost) this.#tampered.set(name, new TamperedRow(row).message);
    return holds;
  }

  #verified(row: Row): Entity<unknown> {
    if (!this.#holds(row)) throw new TamperedRow(row);
    return { row, content: JSON.parse(row.content) as unknown, derived: new Map() };
  }

  #keep(name: string, entity: Entity<unknown>): Entity<unknown> {
    const bytes = overheadBytes + entity.row.content.length * 2;
    this.#kept.set(name, { entity, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#forget(oldest);
    }
    return entity;
  }

  #forget(name: string): void {
    this.#absent.delete(name);
    const kept = this.#kept.get(name);
    if (!kept) return;
    this.#kept.delete(name);
    this.#bytes -= kept.bytes;
  }
}
