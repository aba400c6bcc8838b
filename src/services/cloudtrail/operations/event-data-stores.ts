import { randomUUID } from "node:crypto";
import { refuse } from "../../../errors.ts";
import { type EventDataStore, everyStore } from "../../../lake/entities.ts";
import { makeMarker, readMarker } from "../../../marker.ts";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";
import {
  arnOfStore,
  findActiveStore,
  findStore,
  storeArn,
  type StoreRow,
  storeScope,
  storesHere,
} from "../stores/find-store.ts";
import { freeName, newEpoch, retention, type StoreInput, withEpoch, withStoreSettings } from "../stores/settings.ts";
import { listedStore, recordedDates, shownStore } from "../stores/shown.ts";
import { type GivenTag, withTags } from "../trails/tags.ts";

const storesMost = 10;
const waitMs = 7 * 86_400_000;

const defaultSelectors = [
  { Name: "Default management events", FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }] },
];

interface NewStore extends StoreInput {
  Name: string;
  TagsList?: GivenTag[];
  StartIngestion?: boolean;
}

const createEventDataStore: Operation<NewStore, unknown, string> = {
  name: "CreateEventDataStore",
  readOnly: false,
  requestParameters: recorded,
  find: (_input, call) => storeArn("*", call),
  asks: ({ TagsList }, arn, call) =>
    (TagsList ? ["CreateEventDataStore", "AddTags"] : ["CreateEventDataStore"]).map((name) =>
      askTrail(name, arn, call),
    ),
  run: async (input, _arn, call) => {
    if (storesHere(call).length >= storesMost) refuseLimit();
    const id = randomUUID();
    const { BillingMode: billing = "EXTENDABLE_RETENTION_PRICING", TagsList, StartIngestion = true } = input;
    const plain: EventDataStore = {
      arn: storeArn(id, call),
      id,
      name: freeName(input.Name, "", call),
      account: call.caller.facts.account,
      region: call.region,
      multiRegion: true,
      retentionDays: retention[billing].usual,
      protected: true,
      billing,
      selectors: defaultSelectors,
      status: StartIngestion ? "ENABLED" : "STOPPED_INGESTION",
      createdAt: call.now,
      updatedAt: call.now,
      tags: withTags([], TagsList ?? []),
      epochs: [],
    };
    const made = await withStoreSettings(plain, input, call);
    const store = StartIngestion ? { ...made, epochs: [newEpoch(made, call)] } : made;
    const tags = TagsList && { TagsList: store.tags };
    const answer = { ...shownStore(store), ...(StartIngestion && { Status: "CREATED" }), ...tags };
    return {
      answer,
      changes: [
        call.entities.create("event-data-store", store.arn, store, { scope: storeScope(call), parent: everyStore }),
      ],
      responseElements: recorded(recordedDates(answer)),
    };
  },
};

const refuseLimit = (): never =>
  refuse(
    "EventDataStoreMaxLimitExceededException",
    `Your account has used the maximum number of ${storesMost} event data stores.`,
  );

interface Peculiar<I> {
  readonly name: string;
  readonly readOnly?: true;
  readonly find?: typeof findStore;
  readonly run: (input: I, store: StoreRow, call: Call) => Outcome<unknown> | Promise<Outcome<unknown>>;
}

const onStore = <I extends { EventDataStore: string }>(peculiar: Peculiar<I>): Operation<I, unknown, string> => ({
  name: peculiar.name,
  readOnly: peculiar.readOnly ?? false,
  requestParameters: recorded,
  find: ({ EventDataStore: given }, call) => arnOfStore(given, call),
  asks: (_input, arn, call) => [askTrail(peculiar.name, arn, call)],
  run: (input, arn, call) => peculiar.run(input, (peculiar.find ?? findActiveStore)(arn, call), call),
});

const wrongStatus = (): never =>
  refuse(
    "InvalidEventDataStoreStatusException",
    "The event data store is not in a status that supports the operation.",
  );

const put = (store: StoreRow, content: EventDataStore, call: Call, due: number | null = null) => [
  call.entities.put(store, content, { due }),
];

/** Ingestion begins or ends. */
const turning = (name: string, from: EventDataStore["status"], to: EventDataStore["status"]) =>
  onStore({
    name,
    run: (_input, store, call) => {
      if (store.content.status !== from) wrongStatus();
      const turned = withEpoch(store.content, { ...store.content, status: to, updatedAt: call.now }, call);
      return { answer: {}, changes: put(store, turned, call) };
    },
  });

const listEventDataStores: Operation<{ NextToken?: string; MaxResults?: number }, unknown, string> = {
  name: "ListEventDataStores",
  readOnly: true,
  requestParameters: recorded,
  find: ({ NextToken }, call) => {
    if (NextToken === undefined) return "";
    const after = readMarker(`stores/${call.region}`, NextToken, call);
    return after ?? refuse("InvalidNextTokenException", "The token is not valid.");
  },
  asks: (_input, _after, call) => [askTrail("ListEventDataStores", "*", call)],
  run: ({ MaxResults = 1000 }, after, call) => {
    const left = storesHere(call).filter(({ row }) => row.id > after);
    const shown = left.slice(0, MaxResults);
    const last = shown.at(-1)?.row.id ?? "";
    const more = left.length > shown.length && { NextToken: makeMarker(`stores/${call.region}`, last, call) };
    return { answer: { EventDataStores: shown.map(({ content }) => listedStore(content)), ...more } };
  },
};

export const eventDataStoreOperations: readonly Operation[] = [
  createEventDataStore,
  onStore<StoreInput & { EventDataStore: string }>({
    name: "UpdateEventDataStore",
    run: async (input, store, call) => {
      const changed = withEpoch(store.content, await withStoreSettings(store.content, input, call), call);
      const answer = shownStore(changed);
      return { answer, changes: put(store, changed, call), responseElements: recorded(recordedDates(answer)) };
    },
  }),
  onStore({
    name: "GetEventDataStore",
    readOnly: true,
    find: findStore,
    run: (_input, { content }) => ({ answer: shownStore(content) }),
  }),
  onStore({
    name: "DeleteEventDataStore",
    run: (_input, store, call) => {
      if (store.content.protected)
        refuse(
          "EventDataStoreTerminationProtectedException",
          "The event data store cannot be deleted because termination protection is enabled for it.",
        );
      const dying = { ...store.content, status: "PENDING_DELETION" as const, updatedAt: call.now };
      return { answer: {}, changes: put(store, withEpoch(store.content, dying, call), call, call.now + waitMs) };
    },
  }),
  onStore({
    name: "RestoreEventDataStore",
    find: findStore,
    run: (_input, store, call) => {
      if (store.content.status !== "PENDING_DELETION") wrongStatus();
      const restored = { ...store.content, status: "ENABLED" as const, updatedAt: call.now };
      const answer = shownStore(restored);
      const changes = put(store, withEpoch(store.content, restored, call), call);
      return { answer, changes, responseElements: recorded(recordedDates(answer)) };
    },
  }),
  turning("StartEventDataStoreIngestion", "STOPPED_INGESTION", "ENABLED"),
  turning("StopEventDataStoreIngestion", "ENABLED", "STOPPED_INGESTION"),
  listEventDataStores,
];
