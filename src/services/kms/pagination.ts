import { refuse } from "../../errors.ts";
import { makeMarker, readMarker } from "../../marker.ts";
import type { Call } from "../../operation.ts";

/** The id to go on after; "" without a marker. Throws InvalidMarkerException. */
export function afterMarker(list: string, marker: string | undefined, call: Call): string {
  if (marker === undefined) return "";
  return readMarker(list, marker, call) ?? refuse("InvalidMarkerException", "The marker is not valid.");
}

/** One page of a list that was read with one row more than the page holds. */
export interface Paged<T> {
  readonly shown: readonly T[];
  readonly more: { readonly Truncated: boolean; readonly NextMarker?: string };
}

export function page<T>(
  rows: readonly T[],
  limit: number,
  idOf: (row: T) => string,
  list: string,
  call: Call,
): Paged<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const truncated = rows.length > limit && last !== undefined;
  return {
    shown,
    more: { Truncated: truncated, ...(truncated && { NextMarker: makeMarker(list, idOf(last), call) }) },
  };
}
