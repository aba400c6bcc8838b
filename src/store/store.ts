import type { Trail } from "../audit/trail.ts";

/**
 * The store's contract. One generic row serves every kind of thing; SQL lives in this folder alone. Rows are read
 * synchronously on the main thread; they are written by the one writer (design, section 3).
 */

/** What a row is about, apart from its protection. All text is at most 1 MiB. */
export interface RowBody {
  /** "key", "user", "alias" …: see each service's entities.ts. */
  readonly kind: string;
  /** Unique within its kind. */
  readonly id: string;
  /** The list it appears in, usually `account` or `account/region`; lists are ordered by id (bytes). */
  readonly scope: string;
  /** The row it hangs on (`alias` → its key's id), or "". A second list, ordered by id. */
  readonly parent: string;
  /** Domain-clock milliseconds at which a job must look at it, or null. */
  readonly due: number | null;
  /** JSON. Never holds a secret. */
  readonly content: string;
  /** A secret wrapped under the root key (seal/), or null. */
  readonly secret: Uint8Array | null;
}

export interface Row extends RowBody {
  /** 1 at creation, +1 at every change. */
  readonly version: number;
  /** 32-byte HMAC over kind, id, scope, parent, due, version, content and secret: see store/entities.ts. */
  readonly mac: Uint8Array;
}

/**
 * One row's change. `expect` is the version it must have now (0: it must not exist). `row` null deletes; otherwise
 * `row.version` is `expect + 1`. A change with `row` equal in content but a new version is a touch: it makes two
 * concurrent calls that both depend on the row exclude each other.
 */
export interface Change {
  readonly kind: string;
  readonly id: string;
  /** Scope and parent that a reader of lists may have depended on. */
  readonly scope: string;
  readonly parent: string;
  readonly expect: number;
  readonly row: Row | null;
  /** Deleting this row destroys key material: the commit ends with a truncating checkpoint. */
  readonly destroys?: boolean;
}

/** A call's whole effect: all of it is committed in one transaction, or none. */
export interface Submission {
  readonly changes: readonly Change[];
  /** Audit records, each one line of JSON without a newline. */
  readonly records: readonly string[];
  /** References that the decision used: see `reference`. */
  readonly used: readonly string[];
  /** `Store.changeNumber` when the decision was made. */
  readonly decidedAt: number;
}

/**
 * done: durable. again: something in `used` has changed since `decidedAt`, nothing was written, decide again.
 * conflict: a change's `expect` did not hold, nothing was written. (A failed transaction rejects the promise.)
 */
export type Outcome = "done" | "again" | "conflict";

export interface Page {
  /** Ids strictly after this one; "" from the start. */
  readonly after: string;
  readonly limit: number;
}

export interface Reader {
  /** Number of the last committed change that reads on this side are sure to see. */
  readonly changeNumber: number;
  get(kind: string, id: string): Row | undefined;
  listByScope(kind: string, scope: string, page: Page): Row[];
  listByParent(kind: string, parent: string, page: Page): Row[];
  countByScope(kind: string, scope: string): number;
  countByParent(kind: string, parent: string): number;
  /** Rows with due ≤ `until`, earliest first. */
  listDue(until: number, limit: number): Row[];
}

export interface Store extends Reader {
  /**
   * Calls that wait are batched: one transaction, one sync. `done` receives the outcome after the sync has returned,
   * or an Error when the transaction failed; it is called exactly once. Within one batch, submissions apply in order.
   */
  commit(submission: Submission, done: (outcome: Outcome | Error) => void): void;
  /** Undefined while writing works; else a sentence for /readyz. */
  readonly unready: string | undefined;
  /** Called on the main thread after a batch is durable, before its `done`s, with its changes. */
  onChange(listener: (changed: readonly Change[]) => void): void;
  /** What was committed, to be read. */
  readonly trail: Trail;
  /** Waits for what was submitted, then closes. */
  close(): Promise<void>;
}

/** How a row, or the list of a kind below a parent or scope, is named in `Submission.used`. */
export const reference = {
  row: (kind: string, id: string): string => `${kind}=${id}`,
  byParent: (kind: string, parent: string): string => `${kind}<${parent}`,
  byScope: (kind: string, scope: string): string => `${kind}@${scope}`,
};
