import { hash } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Batch } from "./chain.ts";
import { lineKeys } from "./line-keys.ts";
import { termsOf, type TrailRecord } from "./terms.ts";

/**
 * A closed part of the trail. Its records lie in blocks of 64, each the zstd of their lines joined by "\n", so that
 * one record costs one small block. Beside them:
 *
 *   heads    zstd of one varint a batch: how many records it has
 *   term     first 16 bytes of SHA-256 of a term's text (audit/terms.ts) → the records that have it: varints, each the
 *            distance from the one before, counted from the segment's first record
 *   bucket   by the first 6 bits of the event id, sorted: 8 bytes of the id, 2 bytes the record's place
 *
 * Nothing here is trusted: verification makes it all again from the records.
 */
export const segmentRecords = 4096;
export const blockRecords = 64;
export const bucketCount = 64;

export interface Block {
  readonly block: number;
  readonly data: Uint8Array;
}

export interface Posting {
  readonly term: Uint8Array;
  readonly records: Uint8Array;
}

export interface Bucket {
  readonly bucket: number;
  readonly events: Uint8Array;
}

export interface Segment {
  /** Counted from 1. */
  readonly segment: number;
  readonly firstBatch: number;
  readonly batches: number;
  readonly first: number;
  readonly records: number;
  /** The earliest and the latest event time, as they stand in the records. */
  readonly from: string;
  readonly until: string;
  /** The chain's hash before and after. */
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
  readonly heads: Uint8Array;
}

export interface ClosedSegment extends Segment {
  readonly blocks: readonly Block[];
  readonly postings: readonly Posting[];
  readonly buckets: readonly Bucket[];
}

export type StoredBatch = Batch & { readonly hash: Uint8Array };

/** Does not check the chain: verification does, open or closed. */
export function closeSegment(segment: number, previous: Uint8Array, batches: readonly StoredBatch[]): ClosedSegment {
  const [head] = batches;
  const last = batches.at(-1);
  if (!head || !last) throw new Error("a segment has no batches");
  const lines = batches.flatMap(({ records }) => records.split("\n"));
  return {
    segment,
    firstBatch: head.batch,
    batches: batches.length,
    first: head.first,
    records: lines.length,
    previous,
    hash: last.hash,
    heads: packHeads(batches),
    blocks: blocksOf(lines),
    ...indexOf(lines),
  };
}

const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

function blocksOf(lines: readonly string[]): Block[] {
  const count = Math.ceil(lines.length / blockRecords);
  return Array.from({ length: count }, (_, block) => ({
    block,
    data: zstdCompressSync(lines.slice(block * blockRecords, (block + 1) * blockRecords).join("\n"), fast),
  }));
}

export const linesOfBlock = (data: Uint8Array): string[] => zstdDecompressSync(data).toString("utf8").split("\n");

/** The index of a segment's lines. Throws for a line that is no JSON. */
export function indexOf(lines: readonly string[]): Pick<ClosedSegment, "postings" | "buckets" | "from" | "until"> {
  const places = new Map<string, number[]>();
  const lists = new Map<string, number[][]>();
  const events: string[] = [];
  let [from, until] = ["~", ""];
  for (const [place, line] of lines.entries()) {
    const { eventId, time, alike } = lineKeys(line);
    if (time < from) from = time;
    if (time > until) until = time;
    let known = alike === undefined ? undefined : lists.get(alike);
    if (!known) {
      known = termsOf(JSON.parse(line) as TrailRecord).map((text) => listOf(places, text));
      if (alike !== undefined) lists.set(alike, known);
    }
    for (const list of known) list.push(place);
    if (uuid.test(eventId)) events.push(prefixOf(eventId) + place.toString(16).padStart(4, "0"));
  }
  const postings = [...places].map(([text, list]) => ({ term: termKey(text), records: packPlaces(list) }));
  postings.sort((a, b) => Buffer.compare(a.term, b.term));
  return { postings, buckets: bucketsOf(events), from, until };
}

function bucketsOf(events: readonly string[]): Bucket[] {
  const lists: string[][] = Array.from({ length: bucketCount }, () => []);
  for (const event of events) lists[bucketOf(event)]?.push(event);
  const packed = lists.map((list, bucket) => ({ bucket, events: Buffer.from(list.toSorted().join(""), "hex") }));
  return packed.filter((one) => one.events.length > 0);
}

function listOf(places: Map<string, number[]>, text: string): number[] {
  const known = places.get(text);
  if (known) return known;
  const made: number[] = [];
  places.set(text, made);
  return made;
}

export const termKey = (text: string): Buffer => hash("sha256", text, "buffer").subarray(0, 16);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const prefixOf = (eventId: string): string => eventId.slice(0, 8) + eventId.slice(9, 13) + eventId.slice(14, 18);
const bucketOf = (prefix: string): number => parseInt(prefix.slice(0, 2), 16) >> 2;

/** Where an event id is looked up; undefined for what is no event id. */
export function eventKey(eventId: string): { bucket: number; prefix: Buffer } | undefined {
  if (!uuid.test(eventId)) return undefined;
  const prefix = prefixOf(eventId);
  return { bucket: bucketOf(prefix), prefix: Buffer.from(prefix, "hex") };
}

/** Places in the segment of events with this prefix. */
export function placesOfEvent(events: Uint8Array, prefix: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = 0; at + 10 <= events.length; at += 10)
    if (Buffer.compare(events.subarray(at, at + 8), prefix) === 0)
      places.push(((events[at + 8] ?? 0) << 8) | (events[at + 9] ?? 0));
  return places;
}

const packHeads = (batches: readonly StoredBatch[]): Buffer =>
  zstdCompressSync(packNumbers(batches.map(({ count }) => count)));

/** How many records each batch has. */
export const countsOf = (heads: Uint8Array): number[] => unpackNumbers(zstdDecompressSync(heads));

function packPlaces(places: readonly number[]): Buffer {
  return packNumbers(places.map((place, index) => place - (places[index - 1] ?? 0)));
}

export function unpackPlaces(bytes: Uint8Array): number[] {
  let last = 0;
  return unpackNumbers(bytes).map((distance) => (last += distance));
}

/** LEB128: seven bits a byte, the least significant first. */
function packNumbers(numbers: readonly number[]): Buffer {
  const bytes: number[] = [];
  for (let number of numbers) {
    for (; number >= 0x80; number = Math.floor(number / 0x80)) bytes.push((number % 0x80) | 0x80);
    bytes.push(number);
  }
  return Buffer.from(bytes);
}

function unpackNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let [number, weight] = [0, 1];
  for (const byte of bytes) {
    number += (byte & 0x7f) * weight;
    weight *= 0x80;
    if (byte & 0x80) continue;
    numbers.push(number);
    [number, weight] = [0, 1];
  }
  return numbers;
}
