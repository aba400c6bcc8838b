import { timingSafeEqual } from "node:crypto";
import type { FixedHmac } from "../crypto/kdf.ts";
import { refuse } from "../errors.ts";
import type { WireRequest } from "../wire/protocol.ts";
import { canonicalRequest, emptyHash, sha256 } from "./canonical.ts";
import type { Claim } from "./claim.ts";

/** What the service expects of whoever signs for it. */
export interface Expectation {
  readonly service: string;
  readonly skewMinutes: number;
  /** Wall clock, milliseconds. */
  readonly now: number;
}

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " +
  "and signing method. Consult the service documentation for details.";

const invalid = (message: string): never => refuse("InvalidSignatureException", message, 403);

/**
 * The rules that need no secret: the scope is this service's, dates agree and are near, `host` and every `x-amz-*`
 * header are signed, and the body is the one whose hash was declared. Throws InvalidSignatureException.
 * A request may be sent again within the window, as on AWS: nothing here is a protection against replay.
 */
export function checkClaim(claim: Claim, request: WireRequest, expected: Expectation): void {
  if (claim.service !== expected.service)
    invalid(`Credential should be scoped to correct service: '${expected.service}'.`);
  if (!claim.amzDate.startsWith(claim.date))
    invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.date}' != '${claim.amzDate.slice(0, 8)}', from '${claim.amzDate}'.`,
    );
  checkTime(claim, expected);
  if (!claim.signedHeaders.includes("host"))
    invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  for (const name of request.headers.keys()) {
    // Some SDKs do not sign content-type, and nothing here is decided by it.
    if (name.startsWith("x-amz-") && !claim.signedHeaders.includes(name))
      invalid(`'${name.slice(0, 64)}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
  for (const name of claim.signedHeaders) if (!request.headers.has(name)) invalid(mismatch);
}

const unsigned = "UNSIGNED-PAYLOAD";

/**
 * Hashes the body here and compares, in constant time. Throws InvalidSignatureException. With `unsignedPayload` the
 * operation takes a body that was left out of the signature.
 */
export function checkSignature(claim: Claim, request: WireRequest, key: FixedHmac, unsignedPayload = false): void {
  const declared = request.headers.get("x-amz-content-sha256");
  const leftOut = unsignedPayload && declared?.length === 1 && declared[0] === unsigned;
  const payloadHash = leftOut ? unsigned : request.body.length === 0 ? emptyHash : sha256(request.body);
  if (declared && (declared.length !== 1 || declared[0] !== payloadHash)) invalid(mismatch);
  const { method, target, headers } = request;
  const { signedHeaders, amzDate, date, region, service } = claim;
  const withoutSignature = claim.expires !== undefined;
  const canonical = canonicalRequest({ method, target, headers, signedHeaders, payloadHash, withoutSignature });
  const text = `AWS4-HMAC-SHA256\n${amzDate}\n${date}/${region}/${service}/aws4_request\n${sha256(canonical)}`;
  if (!timingSafeEqual(key.macOf(text), Buffer.from(claim.signature, "hex"))) invalid(mismatch);
}

function checkTime(claim: Claim, { now, skewMinutes }: Expectation): void {
  const at = parseAmzDate(claim.amzDate);
  const skew = skewMinutes * 60_000;
  const shown = (time: number) => new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
  if (Number.isNaN(at)) invalid(`Date must be in ISO-8601 'basic format'. Got '${claim.amzDate}'.`);
  if (at > now + skew)
    invalid(
      `Signature not yet current: ${claim.amzDate} is still later than ${shown(now + skew)} (${shown(now)} + ${skewMinutes} min.)`,
    );
  if (claim.expires !== undefined) {
    if (at + claim.expires * 1000 < now)
      invalid(`Signature expired: ${shown(at + claim.expires * 1000)} is now earlier than ${shown(now)}`);
  } else if (at < now - skew)
    invalid(
      `Signature expired: ${claim.amzDate} is now earlier than ${shown(now - skew)} (${shown(now)} - ${skewMinutes} min.)`,
    );
}

/** yyyymmddThhmmssZ → milliseconds; NaN when it is no date. */
function parseAmzDate(text: string): number {
  const part = (from: number, to: number) => Number(text.slice(from, to));
  const at = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(9, 11), part(11, 13), part(13, 15));
  const sameDay = new Date(at).getUTCDate() === part(6, 8);
  return sameDay && part(9, 11) < 24 && part(11, 13) < 60 && part(13, 15) < 60 ? at : Number.NaN;
}
