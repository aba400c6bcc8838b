import { refuse } from "../../errors.ts";
import type { Page } from "../../store/store.ts";

export interface Paging {
  NextToken?: string;
  MaxResults?: number;
}

const pageMost = 20;

export interface Paged<T> {
  readonly items: readonly T[];
  readonly more: { readonly NextToken?: string };
}

/** A page of what `list` gives in the order of ids, and the token of the next. */
export function pageOf<T>(
  { NextToken, MaxResults = pageMost }: Paging,
  list: (page: Page) => readonly T[],
  idOf: (item: T) => string,
): Paged<T> {
  const limit = Math.min(MaxResults, pageMost);
  const found = list({ after: NextToken === undefined ? "" : opened(NextToken), limit: limit + 1 });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined
    ? { items, more: { NextToken: Buffer.from(idOf(last)).toString("base64url") } }
    : { items, more: {} };
}

/** The same over a list that is at hand, in its own order. */
export function pageOfList<T>(paging: Paging, all: readonly T[], idOf: (item: T) => string): Paged<T> {
  const list = ({ after, limit }: Page) => {
    const start = after === "" ? 0 : all.findIndex((item) => idOf(item) === after) + 1;
    return all.slice(start, start + limit);
  };
  return pageOf(paging, list, idOf);
}

function opened(token: string): string {
  const text = Buffer.from(token, "base64url").toString("utf8");
  if (text === "" || text.length > 512)
    refuse("InvalidInputException", "You provided a value for NextToken that is not valid.");
  return text;
}
