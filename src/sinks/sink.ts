import type { OutboundFailure } from "../outbound/failure.ts";

/** A record on its way out. */
export interface NumberedRecord {
  /** Counted from 1, as in the trail. */
  readonly number: number;
  /** One line of JSON in CloudTrail's shape. */
  readonly line: string;
}

/**
 * Where records go. One batch at a time, in order; a batch that was not taken whole is given again, so that the other
 * side may see a record more than once and misses none.
 */
export interface Sink {
  /**
   * Resolves when the other side has all of it, to how many records it has refused for good. Rejects with SinkFailure or OutboundFailure; other errors are
   * faults.
   */
  deliver(records: readonly NumberedRecord[]): Promise<number>;
  /**
   * For an other side that confirms nothing: a delivery counts when its connection has held this long. Milliseconds;
   * 0 where `deliver` is the confirmation.
   */
  readonly settleMs: number;
  /** Called when a connection has ended on which something may not have arrived. */
  onBroken?(listener: (why: string) => void): void;
  /** Resolves to whether everything that was delivered has arrived. */
  close(): Promise<boolean>;
}

/** Why a sink did not take a batch, in words for the operator. Holds nothing that the other side sent, and no secret. */
export class SinkFailure extends Error {
  /** The other side asked to be left alone this long. Milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The batch was too large for it: a smaller one may be taken. */
  readonly tooLarge: boolean;
  constructor(why: string, { retryAfterMs, tooLarge = false }: { retryAfterMs?: number; tooLarge?: boolean } = {}) {
    super(why);
    this.name = "SinkFailure";
    this.retryAfterMs = retryAfterMs;
    this.tooLarge = tooLarge;
  }
}

export type KnownFailure = SinkFailure | OutboundFailure;
