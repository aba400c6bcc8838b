import type { Meter } from "../../meter/meter.ts";
import type { Operation, Operations } from "../../operation.ts";

export const costExplorerOperations = (_meter: Meter): Operations => {
  const all: readonly Operation[] = [];
  return new Map(all.map((operation) => [operation.name, operation]));
};
