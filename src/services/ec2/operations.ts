import type { Operations } from "../../operation.ts";

export const ec2Operations: Operations = new Map();
