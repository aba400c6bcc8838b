import type { Operations } from "../../operation.ts";

export const ebsOperations: Operations = new Map();
