import type { Ask, Call } from "../../operation.ts";

/** May the caller do this with this trail, event data store, or all of them? Identity policies alone decide. */
export const askTrail = (operation: string, resource: string, call: Call): Ask => ({
  action: `cloudtrail:${operation}`,
  resource,
  resourceAccount: call.caller.facts.account,
  trust: "identity",
  context: new Map(),
});
