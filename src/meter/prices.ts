/**
 * What AWS charges for KMS, in US dollars: the list prices of us-east-1, as AWS published them on the date below.
 * Change it when AWS does; a Region whose prices differ gets an entry of its own in `regions`.
 */
export interface PriceList {
  /** The day on which the list was read. */
  readonly asOf: string;
  readonly currency: "USD";
  /** A customer managed key for a month, of any spec and origin; a replica is a key. Charged by the hour. */
  readonly keyMonth: number;
  /** Each of so many first rotations of a key costs another `keyMonth` from then on; later ones cost nothing. */
  readonly rotationsCharged: number;
  /** Requests of a month that are free, over all Regions of an account: of the class "requests" alone. */
  readonly freeRequests: number;
  /** For 10,000 requests of the class. */
  readonly per10000: Readonly<Record<RequestClass, number>>;
  readonly regions: Readonly<Record<string, Partial<Pick<PriceList, "keyMonth" | "per10000">>>>;
}

/**
 * requests: everything on symmetric and HMAC keys, and everything that uses no key. rsa-2048 and asymmetric: the use of
 * such a key, and GetPublicKey. The last two: GenerateDataKeyPair, by what it generates.
 */
export type RequestClass = "requests" | "rsa-2048" | "asymmetric" | "ecc-pair" | "rsa-pair";

export const priceList: PriceList = {
  asOf: "2026-10-01",
  currency: "USD",
  keyMonth: 1,
  rotationsCharged: 2,
  freeRequests: 20_000,
  per10000: { requests: 0.03, "rsa-2048": 0.03, asymmetric: 0.15, "ecc-pair": 0.1, "rsa-pair": 12 },
  regions: {},
};

export const requestPrice = (region: string, of: RequestClass): number =>
  (priceList.regions[region]?.per10000 ?? priceList.per10000)[of] / 10_000;

export const keyMonthPrice = (region: string): number => priceList.regions[region]?.keyMonth ?? priceList.keyMonth;
