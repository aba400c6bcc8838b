import { makeMarker, readMarker } from "../../marker.ts";
import type { Call } from "../../operation.ts";
import type { Entity, Page } from "../../store/entities.ts";
import { invalidCombination, invalidValue } from "./refuse-ec2.ts";

export interface Paging {
  MaxResults?: number;
  NextToken?: string;
}

const resultsLeast = 5;
const resultsMost = 1000;
/** Without MaxResults: more than these are told in pages all the same. */
const unpagedMost = 10_000;
/** Rows looked at for one answer: filters that nothing passes give an empty page and a token. */
const scannedMost = 20_000;
const chunk = 500;

/**
 * Throws InvalidParameterValue for a size out of bounds, InvalidParameterCombination when ids are named as well;
 * `set` is what EC2 calls them (`snapshotSet`).
 */
export function checkPaging({ MaxResults, NextToken }: Paging, ids: readonly string[] | undefined, set: string): void {
  if (MaxResults !== undefined && MaxResults < resultsLeast)
    invalidValue(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value greater than or equal to ${resultsLeast}.`,
    );
  if (MaxResults !== undefined && MaxResults > resultsMost)
    invalidValue(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value less than or equal to ${resultsMost}.`,
    );
  if (!ids || ids.length === 0) return;
  if (MaxResults !== undefined) invalidCombination(`The parameter ${set} cannot be used with the parameter maxResults`);
  if (NextToken !== undefined) invalidCombination(`The parameter ${set} cannot be used with the parameter nextToken`);
}

/** Rows in the order of their ids, read in pieces. */
export type RowReader<C> = (page: Page) => readonly Entity<C>[];

/** One list after the other; ids are unique within each. */
export interface PagedList<C, T> {
  /** Binds tokens to this list. */
  readonly name: string;
  readonly parts: readonly RowReader<C>[];
  /** What is shown of a row; undefined where a filter or a permission drops it. */
  readonly keep: (entity: Entity<C>, part: number) => T | undefined;
}

export interface PageOf<T> {
  readonly shown: readonly T[];
  readonly more: { readonly NextToken?: string };
}

/** A page of rows, and the token of the next. Throws InvalidParameterValue for a token that another list gave. */
export function pageOfRows<C, T>(list: PagedList<C, T>, { MaxResults, NextToken }: Paging, call: Call): PageOf<T> {
  const most = MaxResults ?? unpagedMost;
  const shown: T[] = [];
  let scanned = 0;
  let { part, after } = placeOf(list.name, NextToken, call);
  for (; part < list.parts.length; part++, after = "") {
    for (;;) {
      const rows = list.parts[part]!({ after, limit: chunk });
      for (const row of rows) {
        if (shown.length === most || scanned === scannedMost)
          return { shown, more: { NextToken: makeMarker(list.name, `${part} ${after}`, call) } };
        scanned += 1;
        after = row.row.id;
        const kept = list.keep(row, part);
        if (kept !== undefined) shown.push(kept);
      }
      if (rows.length < chunk) break;
    }
  }
  return { shown, more: {} };
}

function placeOf(list: string, token: string | undefined, call: Call): { part: number; after: string } {
  if (token === undefined || token === "") return { part: 0, after: "" };
  const place = readMarker(list, token, call) ?? invalidValue("Unable to parse pagination token");
  const space = place.indexOf(" ");
  return { part: Number(place.slice(0, space)), after: place.slice(space + 1) };
}
