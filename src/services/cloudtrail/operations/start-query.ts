import { refuse } from "../../../errors.ts";
import { type LakeAlias, type LakeQuery, queryKeptMs } from "../../../lake/entities.ts";
import { prepareStatement } from "../../../lake/statement.ts";
import { StatementError } from "../../../lake/tokens.ts";
import type { Call, Operation } from "../../../operation.ts";
import { type Change, reference } from "../../../store/entities.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";
import { aliasId, newQueryId } from "../stores/find-query.ts";
import { findActiveStore, storeArn, storeScope } from "../stores/find-store.ts";

interface Input {
  QueryStatement?: string;
  QueryAlias?: string;
  QueryParameters?: string[];
  DeliveryS3Uri?: string;
  EventDataStoreOwnerAccountId?: string;
}

/** Queries of all accounts that wait or run, at most; AWS lets an account run ten. */
const activeMost = { all: 100, account: 10 };

const invalid = (why: string): never =>
  refuse(
    "InvalidQueryStatementException",
    `The query that was submitted has validation errors, or uses incorrect syntax or unsupported keywords: ${why}.`,
  );

/** Accepts a query and answers its id; it runs once this call is on the trail. */
export const startQuery: Operation<Input, unknown, readonly string[]> = {
  name: "StartQuery",
  readOnly: true,
  requestParameters: recorded,
  find: ({ QueryStatement, QueryParameters = [], EventDataStoreOwnerAccountId: owner }, call) => {
    if (owner !== undefined && owner !== call.caller.facts.account)
      refuse("EventDataStoreNotFoundException", "The specified event data store was not found.");
    if (QueryStatement === undefined)
      return refuse(
        "InvalidParameterException",
        "You must specify a QueryStatement: there are no query templates here.",
      );
    return storesOf(QueryStatement, QueryParameters.length).map((id) => storeArn(id, call));
  },
  asks: (_input, arns, call) => arns.map((arn) => askTrail("StartQuery", arn, call)),
  run: (input, arns, call) => {
    for (const arn of arns) findActiveStore(arn, call);
    checkConcurrency(call);
    const { QueryStatement = "", QueryParameters = [], DeliveryS3Uri } = input;
    const query: LakeQuery = {
      id: newQueryId(call.now),
      account: call.caller.facts.account,
      region: call.region,
      stores: arns,
      statement: QueryStatement,
      parameters: QueryParameters,
      status: "QUEUED",
      createdAt: call.now,
      ...(DeliveryS3Uri !== undefined && { deliveryUri: DeliveryS3Uri }),
    };
    const placed = { scope: "active", parent: arns[0] ?? "", due: call.now + queryKeptMs };
    const changes = [
      call.entities.create("lake-query", query.id, query, placed),
      ...aliasChange(input, query.id, call),
    ];
    return { answer: { QueryId: query.id }, changes, responseElements: { queryId: query.id } };
  },
};

function storesOf(statement: string, given: number): readonly string[] {
  try {
    const { stores, parameters } = prepareStatement(statement, "");
    if (parameters !== given) invalid(`it has ${parameters} parameters, and ${given} values are given`);
    return stores;
  } catch (error) {
    if (error instanceof StatementError) return invalid(error.message);
    throw error;
  }
}

/** A touch of nothing: two that start at once may both pass, and the queue keeps them in order. */
function checkConcurrency(call: Call): void {
  const active = call.entities.listByScope<LakeQuery>("lake-query", "active", { after: "", limit: activeMost.all });
  const own = active.filter(({ content }) => content.account === call.caller.facts.account);
  if (active.length < activeMost.all && own.length < activeMost.account) return;
  refuse(
    "MaxConcurrentQueriesException",
    "You are already running the maximum number of concurrent queries. Wait a minute for some queries to finish, and then run the query again.",
  );
}

function aliasChange({ QueryAlias }: Input, queryId: string, call: Call): Change[] {
  if (QueryAlias === undefined) return [];
  const id = aliasId(QueryAlias, call);
  call.used.push(reference.row("lake-alias", id));
  const known = call.entities.get<LakeAlias>("lake-alias", id);
  const alias: LakeAlias = { queryId };
  return [
    known
      ? call.entities.put(known, alias)
      : call.entities.create("lake-alias", id, alias, { scope: storeScope(call) }),
  ];
}
