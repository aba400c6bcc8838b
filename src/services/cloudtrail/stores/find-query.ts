import { randomBytes } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { LakeAlias, LakeQuery } from "../../../lake/entities.ts";
import type { Call } from "../../../operation.ts";
import { type Entity, reference } from "../../../store/entities.ts";
import { arnOfStore } from "./find-store.ts";

export type QueryRow = Entity<LakeQuery>;

interface Named {
  QueryId?: string;
  QueryAlias?: string;
  EventDataStore?: string;
  EventDataStoreOwnerAccountId?: string;
}

const unknown = (): never =>
  refuse("QueryIdNotFoundException", "The query ID does not exist or does not map to a query.");

/** Of the caller's account and Region, and of the named store where one is. Throws QueryIdNotFoundException. */
export function findQuery(input: Named, call: Call): QueryRow {
  const id = input.QueryId ?? idOfAlias(input.QueryAlias, call);
  call.used.push(reference.row("lake-query", id));
  const query = call.entities.get<LakeQuery>("lake-query", id);
  const { account, region, stores = [] } = query?.content ?? {};
  const { account: own } = call.caller.facts;
  if (!query || account !== own || region !== call.region) return unknown();
  if (input.EventDataStoreOwnerAccountId !== undefined && input.EventDataStoreOwnerAccountId !== own) unknown();
  if (input.EventDataStore !== undefined && !stores.includes(arnOfStore(input.EventDataStore, call))) unknown();
  return query;
}

export const aliasId = (alias: string, call: Call): string => `${call.caller.facts.account}/${call.region}/${alias}`;

function idOfAlias(alias: string | undefined, call: Call): string {
  if (alias === undefined) return refuse("InvalidParameterException", "You must specify a QueryId or a QueryAlias.");
  call.used.push(reference.row("lake-alias", aliasId(alias, call)));
  return call.entities.get<LakeAlias>("lake-alias", aliasId(alias, call))?.content.queryId ?? unknown();
}

/** A UUID (version 8) that sorts the newest first. */
export function newQueryId(now: number): string {
  const time = (0xffff_ffff_ffff - now).toString(16).padStart(12, "0");
  const random = randomBytes(10).toString("hex");
  const version = `8${random.slice(0, 3)}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-a${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
