import type { EventDataStore } from "../../../lake/entities.ts";

/** As ListEventDataStores answers it. */
export const listedStore = (store: EventDataStore): Record<string, unknown> => ({
  EventDataStoreArn: store.arn,
  Name: store.name,
  TerminationProtectionEnabled: store.protected,
  Status: store.status,
  AdvancedEventSelectors: store.selectors,
  MultiRegionEnabled: store.multiRegion,
  OrganizationEnabled: store.organizationId !== undefined,
  RetentionPeriod: store.retentionDays,
  CreatedTimestamp: store.createdAt,
  UpdatedTimestamp: store.updatedAt,
});

/** As Get, Update and RestoreEventDataStore answer it. */
export const shownStore = (store: EventDataStore): Record<string, unknown> => ({
  ...listedStore(store),
  KmsKeyId: store.kmsKey,
  BillingMode: store.billing,
});

/** For CloudTrail's responseElements: dates are texts. */
export const recordedDates = ({ CreatedTimestamp, UpdatedTimestamp, ...shown }: Record<string, unknown>): object => {
  const text = (at: unknown) => `${new Date(Number(at)).toISOString().slice(0, 19)}Z`;
  return { ...shown, CreatedTimestamp: text(CreatedTimestamp), UpdatedTimestamp: text(UpdatedTimestamp) };
};
