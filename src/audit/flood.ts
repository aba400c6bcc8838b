import { refuse } from "../errors.ts";
import { type BucketLimits, TokenBuckets } from "./token-buckets.ts";

export type FloodLimits = BucketLimits;

/** AWS's words for a caller who is too fast (kms.md, section 1.3). */
const tooFast = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

/** A principal that floods is slowed before its calls are recorded, so that it cannot fill the trail. */
export class FloodGate {
  readonly #limits: FloodLimits;
  readonly #buckets = new TokenBuckets();
  constructor(limits: FloodLimits = { perSecond: 20_000, burst: 60_000 }) {
    this.#limits = limits;
  }

  /** `now` in milliseconds. Throws ThrottlingException. */
  admit(principal: string, now: number): void {
    if (!this.#buckets.take(principal, this.#limits, now)) refuse("ThrottlingException", tooFast);
  }
}

/** A call that counts against a quota of requests per second. */
export interface QuotaCharge {
  readonly bucket: string;
  readonly perSecond: number;
  /** Where it counts, when that is not the call's own Region. */
  readonly region?: string;
  readonly count?: number;
}

/** AWS's request quotas of one real Region, by account and Region of the caller. A second's worth may come at once. */
export class RequestQuotas {
  readonly profile: string;
  readonly #buckets = new TokenBuckets();
  constructor(profile: string) {
    this.profile = profile;
  }

  /** `now` in milliseconds. Throws ThrottlingException. */
  charge(account: string, region: string, { bucket, perSecond, count = 1 }: QuotaCharge, now: number): void {
    const limits = { perSecond, burst: Math.max(perSecond, count) };
    if (!this.#buckets.take(`${account}/${region}/${bucket}`, limits, now, count))
      refuse("ThrottlingException", tooFast);
  }
}
