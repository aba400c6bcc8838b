import type { Checkpoint } from "./chain.ts";
import type { Tally } from "./tally.ts";
import type { Attribute } from "./terms.ts";
import type { Verdict } from "./verify.ts";

/** A numbered line of the trail; records are counted from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly line: string;
}

/** What LookupEvents asks for: one account and Region, at most one attribute, a span of event times. */
export interface TrailQuery {
  readonly account: string;
  readonly region: string;
  readonly attribute?: { readonly name: Attribute | "EventId"; readonly value: string };
  /** Event times, inclusive, as they stand in records (`2026-01-31T10:00:00Z`). */
  readonly from?: string;
  readonly until?: string;
  /** Only records with a number below this one. */
  readonly before?: number;
  readonly limit: number;
}

/** The oldest part of the trail, as it may go or has gone. */
export interface Cut {
  /** In order. */
  readonly segments: readonly number[];
  /** Numbers of its first and its last record. */
  readonly first: number;
  readonly last: number;
  /** Its earliest and its latest event time. */
  readonly from: string;
  readonly until: string;
  /** Of the chain after it, in hexadecimal. */
  readonly hash: string;
}

/** Why nothing was pruned, in a sentence. */
export class PruningRefused extends Error {}

export interface Pruning {
  /** An event time; nothing goes that is not older. */
  readonly before: string;
  /** Number of the last record that may go. */
  readonly until: number;
  /** PEM. */
  readonly publicKey: string;
  /** Called with what is about to go; nothing goes until it has resolved, nor when it answers false. */
  readonly announce: (cut: Cut) => Promise<boolean>;
}

/** The trail as the rest of the server reads it. Every promise is rejected when the trail cannot be read. */
export interface Trail {
  /** Number of the last record; 0 while there is none. */
  readonly last: number;
  /**
   * Records after number `after`, oldest first, as lines of JSON; `next` is the last one's number. No more than about
   * `mostBytes` of text, and one record at least: an answer without lines is the end.
   */
  after(after: number, limit: number, mostBytes?: number): Promise<{ lines: string[]; next: number }>;
  /** KMS's records after number `after`, at most `limit` of the trail, counted (audit/tally.ts). */
  tally(after: number, limit: number): Promise<Tally>;
  /** The newest first. */
  find(query: TrailQuery): Promise<NumberedLine[]>;
  /** Reads all of it and holds it against its hashes, checkpoints and index. `seed`: of the checkpoints' signing key. */
  verify(seed: Uint8Array): Promise<Verdict>;
  /** Is this a point that the trail went through, as far as it was signed? */
  wentThrough(checkpoint: Checkpoint): Promise<boolean>;
  /**
   * Lets the oldest part go, in whole batches. Resolves to what went, undefined when there was nothing. Rejects with
   * PruningRefused when that part does not hold.
   */
  prune(pruning: Pruning): Promise<Cut | undefined>;
  /** Called with every signed checkpoint, after it is written. */
  onCheckpoint(listener: (checkpoint: Checkpoint) => void): void;
  /** Called with the number of the last record, whenever records became durable. */
  onRecords(listener: (last: number) => void): void;
}
