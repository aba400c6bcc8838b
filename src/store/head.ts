import { timingSafeEqual } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { chainStart, type Head, type HeadKey, headKey, headMac } from "../audit/chain.ts";

/** Where the trail and the sum of the rows' MACs stand, and the key that vouches for it. */
export interface OpenedHead {
  readonly head: Head;
  readonly digest: Uint8Array;
  readonly key: HeadKey;
}

/** Throws Error when the trail, or the sum of the rows, does not end where this program left it. */
export function openHead(database: DatabaseSync, seed: Uint8Array): OpenedHead {
  const key = headKey(seed);
  const head = lastHead(database);
  const state = database.prepare("SELECT digest, mac FROM state WHERE id = 1").get();
  const digest = (state?.digest as Uint8Array | undefined) ?? Buffer.alloc(0);
  const mac = (state?.mac as Uint8Array | undefined) ?? Buffer.alloc(0);
  if (headHolds(key, head, digest, mac) || (mac.length === 0 && isEmpty(database))) return { head, digest, key };
  throw new Error(
    "the end of its audit trail, or the sum of its rows, is not what was written last: it was changed outside Claviger",
  );
}

export function headHolds(key: HeadKey, head: Head, digest: Uint8Array, mac: Uint8Array): boolean {
  const expected = headMac(key, head, digest);
  return mac.length === expected.length && timingSafeEqual(mac, expected);
}

function lastHead(database: DatabaseSync): Head {
  const last = database.prepare("SELECT batch, first, count, hash FROM trail ORDER BY batch DESC LIMIT 1").get();
  if (!last) return { batch: 0, records: 0, hash: chainStart };
  const records = Number(last.first) + Number(last.count) - 1;
  return { batch: Number(last.batch), records, hash: last.hash as Uint8Array };
}

/** Nothing was ever committed to it. */
const isEmpty = (database: DatabaseSync): boolean =>
  ["row", "trail", "segment", "checkpoint", "pruning"].every(
    (table) => database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined,
  );
