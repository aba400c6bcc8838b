import { createHmac, timingSafeEqual } from "node:crypto";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";

/**
 * An opaque marker: base64url of the last id and a MAC that binds it to the list it belongs to.
 */
export function markerFor(list: string, lastId: string, call: Call): string {
  const text = JSON.stringify([lastId, macOf(list, lastId, call).toString("base64url")]);
  return Buffer.from(text).toString("base64url");
}

/** The id to go on after; "" without a marker. Throws InvalidMarkerException. */
export function afterMarker(list: string, marker: string | undefined, call: Call): string {
  if (marker === undefined) return "";
  try {
    const [lastId, mac] = JSON.parse(Buffer.from(marker, "base64url").toString()) as [string, string];
    const given = Buffer.from(mac, "base64url");
    if (typeof lastId === "string" && given.length === 32 && timingSafeEqual(given, macOf(list, lastId, call)))
      return lastId;
  } catch {
    // Not one of ours.
  }
  return refuse("InvalidMarkerException", "The marker is not valid.");
}

const macOf = (list: string, lastId: string, call: Call): Buffer =>
  createHmac("sha256", call.seal.derive("marker"))
    .update(JSON.stringify([call.caller.facts.account, list, lastId]))
    .digest();

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
  return { shown, more: { Truncated: truncated, ...(truncated && { NextMarker: markerFor(list, idOf(last), call) }) } };
}
