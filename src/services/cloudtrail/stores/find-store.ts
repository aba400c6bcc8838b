import { parseArn, regionalArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import type { EventDataStore } from "../../../lake/entities.ts";
import type { Call } from "../../../operation.ts";
import { type Entity, reference } from "../../../store/entities.ts";

export type StoreRow = Entity<EventDataStore>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const storeArn = (id: string, call: Call): string =>
  regionalArn("cloudtrail", call.region, call.caller.facts.account, `eventdatastore/${id}`);

/** The ARN of what is named by its ARN or by the id behind it. Throws EventDataStoreARNInvalidException. */
export function arnOfStore(given: string, call: Call): string {
  if (uuid.test(given)) return storeArn(given, call);
  const { service, resource = "" } = parseArn(given) ?? {};
  if (service !== "cloudtrail" || !uuid.test(resource.replace(/^eventdatastore\//, "")))
    refuse("EventDataStoreARNInvalidException", "The specified event data store ARN is not valid.");
  return given;
}

/** Of the caller's account and Region. Throws EventDataStoreNotFoundException. */
export function findStore(arn: string, call: Call): StoreRow {
  call.used.push(reference.row("event-data-store", arn));
  const store = call.entities.get<EventDataStore>("event-data-store", arn);
  const { account, region } = store?.content ?? {};
  if (store && account === call.caller.facts.account && region === call.region) return store;
  return refuse("EventDataStoreNotFoundException", "The specified event data store was not found.");
}

/** One that is not waiting for its deletion. Throws InactiveEventDataStoreException. */
export function findActiveStore(arn: string, call: Call): StoreRow {
  const store = findStore(arn, call);
  if (store.content.status === "PENDING_DELETION")
    refuse("InactiveEventDataStoreException", "The event data store is inactive.");
  return store;
}

export const storeScope = (call: Call): string => `${call.caller.facts.account}/${call.region}`;

/** Every store of the account in the Region, those that wait for their deletion too. */
export function storesHere(call: Call): StoreRow[] {
  call.used.push(reference.byScope("event-data-store", storeScope(call)));
  return call.entities.listByScope<EventDataStore>("event-data-store", storeScope(call), { after: "", limit: 1000 });
}
