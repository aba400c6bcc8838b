import type { AdvancedEventSelector } from "../audit/event-selectors.ts";
import type { Tag } from "../identity/entities.ts";

/** Parent of every event data store, for whoever asks about all of them. */
export const everyStore = "lake";

/**
 * kind "event-data-store", id = ARN, scope = `account/region`, parent = `everyStore`; due = when it is deleted. Times:
 * domain milliseconds.
 */
export interface EventDataStore {
  arn: string;
  /** UUID: its name in queries. */
  id: string;
  name: string;
  account: string;
  region: string;
  multiRegion: boolean;
  organizationId?: string;
  retentionDays: number;
  protected: boolean;
  billing: "EXTENDABLE_RETENTION_PRICING" | "FIXED_RETENTION_PRICING";
  /** ARN of a KMS key. */
  kmsKey?: string;
  selectors: readonly AdvancedEventSelector[];
  status: "ENABLED" | "STOPPED_INGESTION" | "PENDING_DELETION";
  createdAt: number;
  updatedAt: number;
  tags: readonly Tag[];
  epochs: readonly Epoch[];
}

/** A time in which a store took records, and which. */
export interface Epoch {
  from: number;
  /** requestID of the call that began it: its record is the first one. */
  start: string;
  until?: number;
  /** requestID of the call that ended it, whose record is the last one. */
  stop?: string;
  multiRegion: boolean;
  organizationId?: string;
  selectors: readonly AdvancedEventSelector[];
}

/** kind "lake-query", id = UUID, newest first; scope "active" or "ended"; parent = ARN of the store it names first. */
export interface LakeQuery {
  id: string;
  account: string;
  region: string;
  /** ARNs, in the order in which the statement names them. */
  stores: readonly string[];
  statement: string;
  parameters: readonly string[];
  deliveryUri?: string;
  status: "QUEUED" | "RUNNING" | "FINISHED" | "FAILED" | "CANCELLED" | "TIMED_OUT";
  /** Domain milliseconds. */
  createdAt: number;
  error?: string;
  statistics?: Statistics;
  /** Rows of each page of the result. */
  pages?: readonly number[];
}

export interface Statistics {
  scanned: number;
  matched: number;
  bytes: number;
  milliseconds: number;
}

/** kind "lake-result", id = `query/page`, scope "", parent = the query's id: rows of [name, value] pairs. */
export interface LakeResult {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** kind "lake-alias", id = `account/region/alias`, scope = `account/region`: the query that was started last under it. */
export interface LakeAlias {
  queryId: string;
}

/** A query and its result are kept so long. */
export const queryKeptMs: number = 7 * 86_400_000;

export const resultId = (query: string, page: number): string => `${query}/${String(page).padStart(6, "0")}`;
