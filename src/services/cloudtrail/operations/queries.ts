import { refuse } from "../../../errors.ts";
import { type LakeQuery, type LakeResult, resultId } from "../../../lake/entities.ts";
import { makeMarker, readMarker } from "../../../marker.ts";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import { reference } from "../../../store/entities.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";
import { findQuery, type QueryRow } from "../stores/find-query.ts";
import { arnOfStore, findActiveStore } from "../stores/find-store.ts";

interface Named {
  QueryId?: string;
  QueryAlias?: string;
  EventDataStore?: string;
  EventDataStoreOwnerAccountId?: string;
}

/** An operation on one query: whoever may do it to all the stores that the query reads, may. */
const onQuery = <I extends Named>(
  name: string,
  readOnly: boolean,
  run: (input: I, query: QueryRow, call: Call) => Outcome<unknown>,
): Operation<I, unknown, QueryRow> => ({
  name,
  readOnly,
  requestParameters: recorded,
  find: findQuery,
  asks: (_input, query, call) => query.content.stores.map((arn) => askTrail(name, arn, call)),
  run,
});

const isActive = ({ status }: LakeQuery): boolean => status === "QUEUED" || status === "RUNNING";

const describeQuery = onQuery<Named>("DescribeQuery", true, (_input, { content: query }) => {
  const { scanned = 0, matched = 0, bytes = 0, milliseconds = 0 } = query.statistics ?? {};
  return {
    answer: {
      QueryId: query.id,
      QueryString: query.statement,
      QueryStatus: query.status,
      QueryStatistics: {
        EventsMatched: matched,
        EventsScanned: scanned,
        BytesScanned: bytes,
        ExecutionTimeInMillis: milliseconds,
        CreationTime: query.createdAt,
      },
      ...(query.error !== undefined && { ErrorMessage: query.error }),
      // There is no S3 here to deliver to.
      ...(query.deliveryUri !== undefined && {
        DeliveryS3Uri: query.deliveryUri,
        DeliveryStatus: isActive(query) ? "PENDING" : "RESOURCE_NOT_FOUND",
      }),
    },
  };
});

const rowsMost = 1000;

const getQueryResults = onQuery<Named & { NextToken?: string; MaxQueryResults?: number }>(
  "GetQueryResults",
  true,
  ({ NextToken, MaxQueryResults = rowsMost }, { content: query }, call) => {
    const pages = query.pages ?? [];
    const total = pages.reduce((sum, rows) => sum + rows, 0);
    const list = `result/${query.id}`;
    const start = NextToken === undefined ? 0 : Number(readMarker(list, NextToken, call) ?? refuseToken());
    const rows = rowsFrom(query.id, pages, start, MaxQueryResults, call);
    const end = start + rows.length;
    return {
      answer: {
        QueryStatus: query.status,
        QueryStatistics: {
          ResultsCount: rows.length,
          TotalResultsCount: total,
          BytesScanned: query.statistics?.bytes ?? 0,
        },
        QueryResultRows: rows,
        ...(query.error !== undefined && { ErrorMessage: query.error }),
        ...(end < total && { NextToken: makeMarker(list, String(end), call) }),
      },
    };
  },
);

const refuseToken = (): never => refuse("InvalidNextTokenException", "The token is not valid.");

/** A row is a list of maps with one entry each: a column and its value. */
function rowsFrom(id: string, pages: readonly number[], start: number, most: number, call: Call): object[][] {
  const rows: object[][] = [];
  let first = 0;
  for (const [page, count] of pages.entries()) {
    const [from, to] = [Math.max(0, start - first), Math.min(count, start + most - first)];
    first += count;
    if (from >= to) continue;
    const result = call.entities.get<LakeResult>("lake-result", resultId(id, page))?.content;
    for (const row of result?.rows.slice(from, to) ?? [])
      rows.push(row.map((value, at) => ({ [result?.columns[at] ?? ""]: value })));
  }
  return rows;
}

const cancelQuery = onQuery<Named>("CancelQuery", false, (_input, query, call) => {
  if (!isActive(query.content))
    refuse(
      "InactiveQueryException",
      "The specified query cannot be canceled because it is in the FINISHED, FAILED, TIMED_OUT, or CANCELLED state.",
    );
  const cancelled: LakeQuery = { ...query.content, status: "CANCELLED" };
  const answer = { QueryId: query.content.id, QueryStatus: "CANCELLED" };
  return {
    answer,
    changes: [call.entities.put(query, cancelled, { scope: "ended" })],
    responseElements: recorded(answer),
  };
});

interface ListInput {
  EventDataStore: string;
  NextToken?: string;
  MaxResults?: number;
  StartTime?: number;
  EndTime?: number;
  QueryStatus?: LakeQuery["status"];
}

/** Queries of one store that are looked through for one page. */
const lookedThroughMost = 5000;

const listQueries: Operation<ListInput, unknown, string> = {
  name: "ListQueries",
  readOnly: true,
  requestParameters: recorded,
  find: ({ EventDataStore, StartTime, EndTime }, call) => {
    if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime)
      refuse("InvalidDateRangeException", "The start time must be before the end time.");
    return arnOfStore(EventDataStore, call);
  },
  asks: (_input, arn, call) => [askTrail("ListQueries", arn, call)],
  run: (input, arn, call) => {
    findActiveStore(arn, call);
    const { NextToken, MaxResults = 1000, StartTime = 0, EndTime = Infinity, QueryStatus } = input;
    const list = JSON.stringify(["queries", arn, StartTime, input.EndTime, QueryStatus]);
    const after = NextToken === undefined ? "" : (readMarker(list, NextToken, call) ?? refuseToken());
    call.used.push(reference.byParent("lake-query", arn));
    const rows = call.entities.listByParent<LakeQuery>("lake-query", arn, { after, limit: lookedThroughMost });
    const found = rows.filter(
      ({ content: { status, createdAt } }) =>
        createdAt >= StartTime && createdAt <= EndTime && (QueryStatus === undefined || status === QueryStatus),
    );
    const shown = found.slice(0, MaxResults);
    const last =
      found.length > shown.length ? shown.at(-1) : rows.length === lookedThroughMost ? rows.at(-1) : undefined;
    return {
      answer: {
        Queries: shown.map(({ content: { id, status, createdAt } }) => ({
          QueryId: id,
          QueryStatus: status,
          CreationTime: createdAt,
        })),
        ...(last && { NextToken: makeMarker(list, last.row.id, call) }),
      },
    };
  },
};

export const queryOperations: readonly Operation[] = [describeQuery, getQueryResults, cancelQuery, listQueries];
