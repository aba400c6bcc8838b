import type { AdvancedEventSelector, EventSelector } from "../audit/event-selectors.ts";
import type { Tag } from "../identity/entities.ts";

/**
 * kind "account-trail", id = ARN, scope = account, parent = the organization whose trail it is, or "": what an account
 * wants delivered of the audit trail.
 */
export interface AccountTrail {
  name: string;
  arn: string;
  account: string;
  homeRegion: string;
  bucket: string;
  /** Without a slash at its end. */
  prefix?: string;
  topicArn?: string;
  topicName?: string;
  globalServiceEvents: boolean;
  multiRegion: boolean;
  /** Digest files are written. */
  validation: boolean;
  organizationId?: string;
  logGroupArn?: string;
  logRoleArn?: string;
  /** ARN of the key. */
  kmsKey?: string;
  recursiveLogging?: boolean;
  /** At most one of the two; without them, every management event is wanted. */
  selectors?: EventSelector[];
  advanced?: AdvancedEventSelector[];
  insights?: InsightSelector[];
  tags: Tag[];
  createdAt: number;
  logging: boolean;
  /** Domain clock, milliseconds. */
  startedAt?: number;
  stoppedAt?: number;
  /** Row id of its "trail-delivery": a trail that is made again under the same name has another one. */
  delivery: string;
  /** Times that logging was started. */
  spans: number;
}

export interface InsightSelector {
  readonly InsightType?: string;
  readonly EventCategories?: readonly string[];
}

/**
 * kind "trail-span", id = spanId, scope = "", parent = the delivery: from one StartLogging to the StopLogging after it.
 */
export interface Span {
  /** Number of the last record that is delivered, or known not to be wanted. */
  cursor: number;
  /** requestID of the StartLogging call, whose record is the first one; absent once it was found. */
  start?: string;
  /** requestID of the call that stopped it, whose record is the last one. */
  stop?: string;
  /** The trail as it was when it was deleted. */
  final?: AccountTrail;
  /** All of it is delivered; what is left is the last digest file. */
  ended?: true;
  /** What is being written: done again, the same to the byte, if it is not known to have been done. */
  round?: Round;
}

export interface Round {
  /** Number of the last record. */
  until: number;
  /** Domain clock, milliseconds. */
  at: number;
  trail: AccountTrail;
}

export const spanId = (delivery: string, number: number): string => `${delivery}/${String(number).padStart(9, "0")}`;

/** kind "trail-delivery", id = random, scope = "", parent = the trail's ARN: how its deliveries have gone. */
export interface Delivery {
  arn: string;
  /** Times by the domain clock, milliseconds. */
  attemptedAt?: number;
  deliveredAt?: number;
  /** As S3 names it: `AccessDenied`; absent when the last attempt succeeded. */
  error?: string;
  digestAt?: number;
  digestError?: string;
}

/**
 * kind "trail-stream", id = `delivery/account/region`, scope = "", parent = the delivery: the chain of digest files of
 * one account and Region.
 */
export interface Stream {
  account: string;
  region: string;
  /** Up to here digest files say what was delivered. Domain clock, milliseconds. */
  end: number;
  /** Absent before the first digest file of the chain. */
  previous?: PreviousDigest;
  /** The chain of the hours that were missed (digest files with `_backfill` in their names). */
  previousBackfill?: PreviousDigest;
  /** Log files written so far. */
  files: number;
  /** When the last log file was written. */
  writtenAt: number;
  /**
   * No digest files are made before there is something again. resting: nothing was delivered for a long time, and the
   * chain goes on. closed: logging stopped, and another chain begins.
   */
  asleep?: "resting" | "closed";
  /** Logging has stopped: the end of the last digest file. */
  closing?: number;
}

export interface PreviousDigest {
  bucket: string;
  object: string;
  /** Hexadecimal. */
  hash: string;
  signature: string;
}

/** kind "trail-log-file", id = `stream/number`, scope = "", parent = the stream: not in a digest file yet. */
export interface LogFile {
  bucket: string;
  object: string;
  /** SHA-256 of the file before compression, hexadecimal. */
  hash: string;
  /** Event times. */
  oldest: string;
  newest: string;
}

/**
 * kind "digest-key", id = fingerprint, scope = Region: an RSA key that signs digest files. The row's secret holds the
 * private key in PKCS#8.
 */
export interface DigestKey {
  /** PKCS#1 DER of the public key, base64. */
  publicKey: string;
  /** Domain clock, milliseconds. */
  from: number;
  until: number;
}

/** Rows that have no better scope stand in one list. */
export const everything = "";
