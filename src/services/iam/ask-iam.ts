import type { Ask, Call } from "../../operation.ts";

export type Values = readonly (readonly [string, string | readonly string[]])[];

/** IAM's resources have no policies of their own that decide about them: the caller's do. */
export const askIam = (operation: string, call: Call, resource = "*", values: Values = []): Ask => ({
  action: `iam:${operation}`,
  resource,
  resourceAccount: call.caller.facts.account,
  trust: "identity",
  context: new Map(values),
});
