import type { Operations } from "../../operation.ts";

export const costExplorerOperations: Operations = new Map();
