import { refuse } from "../errors.ts";

/** Calls per second that one principal may make in the long run, and at once. */
export interface FloodLimits {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Principals remembered; one that is forgotten starts with a full bucket. */
const rememberedMost = 10_000;

/** A principal that floods is slowed before its calls are recorded, so that it cannot fill the trail. */
export class FloodGate {
  readonly #limits: FloodLimits;
  readonly #buckets = new Map<string, Bucket>();
  constructor(limits: FloodLimits = { perSecond: 20_000, burst: 60_000 }) {
    this.#limits = limits;
  }

  /** `now` in milliseconds. Throws ThrottlingException with the text of kms.md, section 1.3. */
  admit(principal: string, now: number): void {
    const { perSecond, burst } = this.#limits;
    const bucket = this.#buckets.get(principal) ?? this.#open(principal, now);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) * perSecond) / 1000);
    bucket.at = now;
    if (bucket.tokens < 1)
      refuse(
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
      );
    bucket.tokens -= 1;
  }

  #open(principal: string, now: number): Bucket {
    const bucket = { tokens: this.#limits.burst, at: now };
    this.#buckets.set(principal, bucket);
    if (this.#buckets.size > rememberedMost) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    return bucket;
  }
}
