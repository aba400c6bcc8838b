import type { RequestClass } from "./prices.ts";

/** kind "meter", id "cursor", scope "": how far the trail has been counted. */
export interface Cursor {
  /** Number of the last record that was counted. */
  after: number;
  /** The request of the last record that stood for itself: its records in other Regions are no further requests. */
  requestId: string;
}

/** kind "metered-account", id = an account that has something on its bill, scope "", content {}. */

/**
 * kind "metered-requests", id = `account/2026-01-31T10/region/page`, scope = the account that pays: calls of one hour.
 * Pages are filled one after the other; what a key has in several of them adds up.
 */
export interface MeteredRequests {
  /** By key (its id, `account/id` for another account's, "" for none), then by `operation` or `operation|class`. */
  keys: Record<string, Record<string, number>>;
}

/** kind "metered-key", id = `region/keyId`, scope = account, parent = keyId: a customer managed key, while it costs. */
export interface MeteredKey {
  account: string;
  region: string;
  keyId: string;
  spec: string;
  /** As they are now; of a key that is gone, as they were. */
  tags: Record<string, string>;
  /** More than one for a replica that was deleted and made again. */
  lives: Life[];
}

/** Domain milliseconds. */
export interface Life {
  from: number;
  /** Its deletion was scheduled. */
  until?: number;
  /** It is deleted, and not only waiting for it. */
  gone?: true;
  /** The rotations that cost something. */
  rotations: number[];
}

/** Keys on one page. */
export const pageKeysMost = 250;

export const hourMs = 3_600_000;

/** "2026-01-31T10" */
export const hourText = (at: number): string => new Date(at).toISOString().slice(0, 13);
export const hourOf = (text: string): number => Date.parse(`${text}:00:00Z`);

export const lineName = (operation: string, of: RequestClass): string =>
  of === "requests" ? operation : `${operation}|${of}`;

export function readLineName(name: string): { operation: string; of: RequestClass } {
  const [operation = "", of = "requests"] = name.split("|");
  return { operation, of: of as RequestClass };
}
