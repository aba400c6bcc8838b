import type { Operation, Operations } from "../../operation.ts";
import { getCostAndUsage, getCostAndUsageWithResources } from "./operations/get-cost-and-usage.ts";
import { getDimensionValues, getTags } from "./operations/list-values.ts";

const all: readonly Operation[] = [getCostAndUsage, getCostAndUsageWithResources, getDimensionValues, getTags];

/** Cost Explorer, for what KMS costs. */
export const costExplorerOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));
