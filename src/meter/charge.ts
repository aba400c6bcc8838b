import { parseArn } from "../arn.ts";
import type { RequestClass } from "./prices.ts";

/** A record of KMS as CloudTrail has it, as far as a bill asks. */
export interface ChargedRecord {
  readonly eventName: string;
  readonly eventTime: string;
  readonly eventType: string;
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly requestID?: string;
  readonly errorCode?: string;
  readonly userIdentity: { readonly accountId?: string; readonly invokedBy?: string };
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: Readonly<Record<string, unknown>> | null;
  readonly resources?: readonly { readonly ARN?: string; readonly accountId?: string }[];
}

/**
 * Is the record a request that AWS charges its account for? The calling account pays: the copy in the owner's account
 * costs nothing. Dry runs cost as much as the call. Calls that were refused are not charged.
 */
export function isCharged({ eventType, userIdentity, recipientAccountId, errorCode }: ChargedRecord): boolean {
  if (eventType !== "AwsApiCall" || userIdentity.invokedBy === "AWS Internal") return false;
  if ((userIdentity.accountId ?? recipientAccountId) !== recipientAccountId) return false;
  return errorCode === undefined || errorCode === "DryRunOperationException";
}

/** What uses an asymmetric key, in the words of the price list; describing one is a request like any other. */
const keyUses: ReadonlySet<string> = new Set([
  "Decapsulate",
  "Decrypt",
  "DeriveSharedSecret",
  "Encapsulate",
  "Encrypt",
  "GetPublicKey",
  "ReEncrypt",
  "Sign",
  "Verify",
]);

/** `specOf` answers the spec of a customer managed key. Between two keys, the dearer decides. */
export function classOf(record: ChargedRecord, specOf: (key: ChargedKey) => string): RequestClass {
  if (record.eventName.startsWith("GenerateDataKeyPair")) {
    const spec = record.requestParameters?.keyPairSpec;
    return typeof spec === "string" && spec.startsWith("RSA_") ? "rsa-pair" : "ecc-pair";
  }
  if (!keyUses.has(record.eventName)) return "requests";
  const specs = keysOf(record).map(specOf);
  if (specs.some((spec) => spec !== "RSA_2048" && !isSymmetric(spec))) return "asymmetric";
  return specs.includes("RSA_2048") ? "rsa-2048" : "requests";
}

const isSymmetric = (spec: string): boolean => spec === "SYMMETRIC_DEFAULT" || spec.startsWith("HMAC_");

export interface ChargedKey {
  readonly account: string;
  readonly region: string;
  readonly keyId: string;
}

/** The keys that the record names, the first of which is charged. */
export function keysOf({ resources = [] }: ChargedRecord): ChargedKey[] {
  return resources.flatMap(({ ARN = "" }) => {
    const { region = "", account = "", resource = "" } = parseArn(ARN) ?? {};
    return resource.startsWith("key/") ? [{ account, region, keyId: resource.slice(4) }] : [];
  });
}
