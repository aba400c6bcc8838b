/** Calls per second in the long run, and at once. */
export interface BucketLimits {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Names remembered; one that is forgotten starts with a full bucket. */
const rememberedMost = 10_000;

/** One bucket for each name, filled as time goes by. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes `count` tokens; false when there are not so many. `now` in milliseconds. */
  take(name: string, { perSecond, burst }: BucketLimits, now: number, count = 1): boolean {
    const bucket = this.#buckets.get(name) ?? this.#open(name, burst, now);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) * perSecond) / 1000);
    bucket.at = now;
    if (bucket.tokens < count) return false;
    bucket.tokens -= count;
    return true;
  }

  #open(name: string, burst: number, now: number): Bucket {
    const bucket = { tokens: burst, at: now };
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > rememberedMost) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    return bucket;
  }
}
