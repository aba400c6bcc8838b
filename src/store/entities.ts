import type { Change, Page, Reader, Row, RowBody } from "./store.ts";
import { reference } from "./store.ts";

/** Computes the MAC that protects a row (seal/): binds everything but the MAC itself, each part length-prefixed. */
export interface RowProtection {
  mac(row: RowBody & { version: number }): Uint8Array;
}

/** A verified row with its content parsed once. Never mutate `content`: copy, then `Entities.put`. */
export interface Entity<T> {
  readonly row: Row;
  readonly content: T;
  /** Memory for what is derived from the content (compiled policies): lives as long as this version is cached. */
  readonly derived: Map<string, unknown>;
}

/** What a `put` says of a row besides its content; what is left out stays as it was. */
export interface Placement {
  scope?: string;
  parent?: string;
  due?: number | null;
  secret?: Uint8Array | null;
}

/**
 * Rows, verified and parsed, in a cache bounded by bytes. It reads; writing is making `Change`s for a Submission.
 * A row whose MAC does not hold throws TamperedRow: the call fails with the service's internal error, and readiness
 * and the log name the row.
 */
export interface Entities {
  readonly changeNumber: number;
  /** Undefined while every row that was read carried its MAC; else a sentence for /readyz. */
  readonly unready: string | undefined;
  get<T>(kind: string, id: string): Entity<T> | undefined;
  listByScope<T>(kind: string, scope: string, page: Page): Entity<T>[];
  listByParent<T>(kind: string, parent: string, page: Page): Entity<T>[];
  listDue(until: number, limit: number): Entity<unknown>[];
  /** How many rows of the kind hang on the parent, or stand in the scope. Counted once, then kept up with commits. */
  countByParent(kind: string, parent: string): number;
  countByScope(kind: string, scope: string): number;
  create<T>(kind: string, id: string, content: T, placement: Placement & { scope: string }): Change;
  /** Replaces the content of what was read; expects that version. */
  put<T>(entity: Entity<T>, content: T, placement?: Placement): Change;
  delete(entity: Entity<unknown>, destroys?: boolean): Change;
}

export type { Change, Page, Reader, Row };
export { reference };
