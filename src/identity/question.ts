import type { Ask, Call } from "../operation.ts";
import type { Question } from "../policy/decision.ts";
import { CallContext } from "./condition-keys.ts";

/** An operation's ask, together with who asks and what every call carries, as the question that policy/ answers. */
export function questionOf(ask: Ask, call: Call, service: string): Question {
  const { grants: _later, ...asked } = ask;
  const { facts, authority } = call.caller;
  return { ...asked, caller: facts, authority, context: new CallContext(call, ask, service) };
}
