import { refuse } from "../../errors.ts";
import { makeMarker, readMarker } from "../../marker.ts";
import type { Call } from "../../operation.ts";
import type { Entity, Page } from "../../store/entities.ts";

export interface Paging {
  Marker?: string;
  MaxItems?: number;
}

const itemsUsual = 100;

/** Where to go on; "" without a marker. Throws ValidationError for one that another list gave. */
export function placeAfter(list: string, marker: string | undefined, call: Call): string {
  if (marker === undefined) return "";
  return readMarker(list, marker, call) ?? refuse("ValidationException", "Invalid Marker.");
}

export interface Paged<T> {
  readonly shown: readonly T[];
  readonly more: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/** A list of rows whose ids begin with `prefix`, which markers leave out: they may have 320 characters. */
export interface RowList<C, T> {
  readonly name: string;
  readonly prefix?: string;
  readonly read: (page: Page) => readonly Entity<C>[];
  /** What is shown of a row; undefined where a filter drops it. */
  readonly keep: (entity: Entity<C>) => T | undefined;
}

/** What `pageFrom` found, and the place to go on from when there is more. */
export interface Piece<T> {
  readonly shown: readonly T[];
  readonly next?: string;
}

/**
 * Up to so many rows after a place. The rows looked at are bounded: a filter that nothing passes gives an empty piece
 * and a place to go on from.
 */
export function pieceOfRows<C, T>({ prefix = "", read, keep }: RowList<C, T>, after: string, most: number): Piece<T> {
  const scannedMost = Math.max(most, itemsUsual);
  const rows = read({ after: prefix + after, limit: scannedMost + 1 });
  const shown: T[] = [];
  for (const [index, row] of rows.entries()) {
    if (index === scannedMost || shown.length === most)
      return { shown, next: rows[index - 1]?.row.id.slice(prefix.length) ?? after };
    const kept = keep(row);
    if (kept !== undefined) shown.push(kept);
  }
  return { shown };
}

/** A marker for the next piece, as answers say it. */
export const paged = <T>({ shown, next }: Piece<T>, list: string, call: Call): Paged<T> => ({
  shown,
  more: next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: makeMarker(list, next, call) },
});

export function pageOfRows<C, T>(list: RowList<C, T>, { Marker, MaxItems = itemsUsual }: Paging, call: Call): Paged<T> {
  return paged(pieceOfRows(list, placeAfter(list.name, Marker, call), MaxItems), list.name, call);
}

/** One page of a short list that stands in one row; its places are numbers. */
export function pageOf<T>(
  list: string,
  { Marker, MaxItems = itemsUsual }: Paging,
  all: readonly T[],
  call: Call,
): Paged<T> {
  return paged(pieceOf(all, placeAfter(list, Marker, call), MaxItems), list, call);
}

export function pieceOf<T>(all: readonly T[], after: string, most: number): Piece<T> {
  const from = Number(after);
  const end = from + most;
  return { shown: all.slice(from, end), ...(end < all.length && { next: String(end) }) };
}

/** Rows of the caller's account in the order of their ids. */
export const rowsOfAccount =
  <C>(kind: string, call: Call) =>
  (page: Page): Entity<C>[] =>
    call.entities.listByScope<C>(kind, call.caller.facts.account, page);
