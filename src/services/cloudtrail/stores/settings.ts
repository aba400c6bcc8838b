import type { AdvancedEventSelector } from "../../../audit/event-selectors.ts";
import { refuse } from "../../../errors.ts";
import type { Epoch, EventDataStore } from "../../../lake/entities.ts";
import type { Call } from "../../../operation.ts";
import { checkAdvancedSelectors } from "../trails/advanced-selectors.ts";
import { managedOrganization } from "../trails/settings.ts";
import { trailKey } from "../trails/trail-key.ts";
import { storesHere } from "./find-store.ts";

/** What CreateEventDataStore and UpdateEventDataStore have in common. */
export interface StoreInput {
  Name?: string;
  AdvancedEventSelectors?: AdvancedEventSelector[];
  MultiRegionEnabled?: boolean;
  OrganizationEnabled?: boolean;
  RetentionPeriod?: number;
  TerminationProtectionEnabled?: boolean;
  KmsKeyId?: string;
  BillingMode?: EventDataStore["billing"];
}

/** Days that a billing mode keeps records when nothing is said, and at most. */
export const retention = {
  EXTENDABLE_RETENTION_PRICING: { usual: 366, most: 3653 },
  FIXED_RETENTION_PRICING: { usual: 2557, most: 2557 },
} as const;

/** Changes of what is taken, over the life of a store. */
const epochsMost = 100;

/** The store with what was asked for; what is left out stays. Throws CloudTrail's errors. */
export async function withStoreSettings(
  before: EventDataStore,
  input: StoreInput,
  call: Call,
): Promise<EventDataStore> {
  const store: EventDataStore = { ...before, updatedAt: call.now };
  if (input.Name !== undefined) store.name = freeName(input.Name, before.arn, call);
  if (input.AdvancedEventSelectors)
    store.selectors = checkAdvancedSelectors(input.AdvancedEventSelectors, "event data store");
  if (input.MultiRegionEnabled !== undefined) store.multiRegion = input.MultiRegionEnabled;
  if (input.OrganizationEnabled === true) store.organizationId = managedOrganization(call);
  if (input.OrganizationEnabled === false) delete store.organizationId;
  if (input.TerminationProtectionEnabled !== undefined) store.protected = input.TerminationProtectionEnabled;
  store.billing = billingOf(before, input);
  store.retentionDays = input.RetentionPeriod ?? store.retentionDays;
  const { most } = retention[store.billing];
  if (store.retentionDays > most)
    refuse("InvalidParameterException", `RetentionPeriod must be at most ${most} days for ${store.billing}.`);
  if (input.KmsKeyId === undefined) return store;
  const { arn, account } = store;
  return { ...store, kmsKey: await trailKey(input.KmsKeyId, { arn, account, bucket: store.name }, call) };
}

/** Stores made for seven years may become extendable, and not the other way. */
function billingOf({ billing }: EventDataStore, { BillingMode = billing }: StoreInput): EventDataStore["billing"] {
  if (BillingMode === "FIXED_RETENTION_PRICING" && billing === "EXTENDABLE_RETENTION_PRICING")
    refuse("InvalidParameterException", "BillingMode cannot be changed to FIXED_RETENTION_PRICING.");
  return BillingMode;
}

export function freeName(name: string, own: string, call: Call): string {
  if (storesHere(call).some(({ content }) => content.name === name && content.arn !== own))
    refuse("EventDataStoreAlreadyExistsException", `An event data store with the name ${name} already exists.`);
  return name;
}

/** A new epoch begins where what is taken has changed. `requestId` is of the call that changes it. */
export function withEpoch(before: EventDataStore, after: EventDataStore, call: Call): EventDataStore {
  const taken = ({ status, selectors, multiRegion, organizationId }: EventDataStore) =>
    JSON.stringify([status === "ENABLED", selectors, multiRegion, organizationId]);
  if (taken(before) === taken(after)) return after;
  const last = before.epochs.at(-1);
  const closed: readonly Epoch[] =
    last && last.until === undefined
      ? [...before.epochs.slice(0, -1), { ...last, until: call.now, stop: call.requestId }]
      : before.epochs;
  const epochs = after.status === "ENABLED" ? [...closed, newEpoch(after, call)] : closed;
  if (epochs.length > epochsMost)
    refuse("InvalidParameterException", `An event data store can be changed in what it takes ${epochsMost} times.`);
  return { ...after, epochs };
}

export const newEpoch = ({ multiRegion, organizationId, selectors }: EventDataStore, call: Call): Epoch => ({
  from: call.now,
  start: call.requestId,
  multiRegion,
  selectors,
  ...(organizationId !== undefined && { organizationId }),
});
