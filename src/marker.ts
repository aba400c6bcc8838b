import { createHmac, timingSafeEqual } from "node:crypto";
import type { Call } from "./operation.ts";

/**
 * Where a list goes on, as an opaque text: base64url of the last id and a MAC that binds it to the list and to the
 * caller's account, so that a marker of one list is none of another.
 */
export function makeMarker(list: string, lastId: string, call: Call): string {
  const text = JSON.stringify([lastId, macOf(list, lastId, call).toString("base64url")]);
  return Buffer.from(text).toString("base64url");
}

/** The id to go on after; undefined for what was not made here for this list. */
export function readMarker(list: string, marker: string, call: Call): string | undefined {
  try {
    const [lastId, mac] = JSON.parse(Buffer.from(marker, "base64url").toString()) as [string, string];
    if (typeof lastId !== "string" || typeof mac !== "string") return undefined;
    const given = Buffer.from(mac, "base64url");
    return given.length === 32 && timingSafeEqual(given, macOf(list, lastId, call)) ? lastId : undefined;
  } catch {
    return undefined;
  }
}

const macOf = (list: string, lastId: string, call: Call): Buffer =>
  createHmac("sha256", call.seal.derive("marker"))
    .update(JSON.stringify([call.caller.facts.account, list, lastId]))
    .digest();
