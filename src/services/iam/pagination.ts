import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Entity, Page } from "../../store/entities.ts";

export interface Paging {
  Marker?: string;
  MaxItems?: number;
}

const itemsUsual = 100;

/** A marker says where to go on in the caller's own list: base64url of the list's name and the last place shown. */
const markerFor = (list: string, place: string): string =>
  Buffer.from(JSON.stringify([list, place])).toString("base64url");

/** "" without a marker. Throws ValidationError for one that another list gave. */
function placeAfter(list: string, marker: string | undefined): string {
  if (marker === undefined) return "";
  try {
    const [of, place] = JSON.parse(Buffer.from(marker, "base64url").toString()) as unknown[];
    if (of === list && typeof place === "string") return place;
  } catch {
    // Not one of ours.
  }
  return refuse("ValidationException", "Invalid Marker.");
}

export interface Paged<T> {
  readonly shown: readonly T[];
  readonly more: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/**
 * One page of rows whose ids begin with `prefix`, which the marker leaves out. `keep` turns a row into what is shown,
 * or into undefined where a filter drops it. The rows looked at are bounded: a filter that nothing passes gives an
 * empty page and a marker to go on from.
 */
export function pageOfRows<C, T>(
  list: string,
  { Marker, MaxItems = itemsUsual }: Paging,
  prefix: string,
  read: (page: Page) => readonly Entity<C>[],
  keep: (entity: Entity<C>) => T | undefined,
): Paged<T> {
  const after = placeAfter(list, Marker);
  const scannedMost = Math.max(MaxItems, itemsUsual);
  const rows = read({ after: prefix + after, limit: scannedMost + 1 });
  const shown: T[] = [];
  for (const [index, row] of rows.entries()) {
    if (index === scannedMost || shown.length === MaxItems) {
      const last = rows[index - 1]?.row.id.slice(prefix.length) ?? "";
      return { shown, more: { IsTruncated: true, Marker: markerFor(list, last) } };
    }
    const kept = keep(row);
    if (kept !== undefined) shown.push(kept);
  }
  return { shown, more: { IsTruncated: false } };
}

/** One page of a short list that stands in one row. */
export function pageOf<T>(list: string, { Marker, MaxItems = itemsUsual }: Paging, all: readonly T[]): Paged<T> {
  const place = placeAfter(list, Marker);
  const from = /^\d{1,6}$/.test(place) ? Number(place) : 0;
  const end = from + MaxItems;
  const shown = all.slice(from, end);
  if (end >= all.length) return { shown, more: { IsTruncated: false } };
  return { shown, more: { IsTruncated: true, Marker: markerFor(list, String(end)) } };
}

/** Entities of the caller's account in the order of their names. */
export const rowsOfAccount =
  <C>(kind: string, call: Call) =>
  (page: Page): Entity<C>[] =>
    call.entities.listByScope<C>(kind, call.caller.facts.account, page);
