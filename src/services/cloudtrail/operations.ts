import type { Operation, Operations } from "../../operation.ts";
import { changeTrailOperations } from "./operations/change-trail.ts";
import { createTrail } from "./operations/create-trail.ts";
import { describeTrailOperations } from "./operations/describe-trails.ts";
import { eventDataStoreOperations } from "./operations/event-data-stores.ts";
import { listPublicKeys } from "./operations/list-public-keys.ts";
import { lookupEvents } from "./operations/lookup-events.ts";
import { queryOperations } from "./operations/queries.ts";
import { startQuery } from "./operations/start-query.ts";
import { trailSelectorOperations } from "./operations/trail-selectors.ts";
import { trailTagOperations } from "./operations/trail-tags.ts";

const all: readonly Operation[] = [
  lookupEvents,
  createTrail,
  ...changeTrailOperations,
  ...describeTrailOperations,
  ...trailSelectorOperations,
  ...trailTagOperations,
  listPublicKeys,
  ...eventDataStoreOperations,
  startQuery,
  ...queryOperations,
];

export const cloudTrailOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));
