import type { Operation, Operations } from "../../operation.ts";
import { lookupEvents } from "./operations/lookup-events.ts";

const all: readonly Operation[] = [lookupEvents];

export const cloudTrailOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));
