import type { Ask, Call } from "../operation.ts";
import type { Context, Question } from "../policy/decision.ts";
import { callerContext } from "./condition-keys.ts";

/** An operation's ask, together with who asks and what every call carries, as the question that policy/ answers. */
export function questionOf(ask: Ask, call: Call, service: string): Question {
  const { context, caller, grants: _later, ...rest } = { caller: call.caller, ...ask };
  return {
    ...rest,
    caller: caller.facts,
    authority: caller.authority,
    context: merged(callerContext(call, ask, service), context),
  };
}

function merged(caller: Map<string, string | readonly string[]>, own: Context): Context {
  for (const [name, value] of own) caller.set(name, value);
  return caller;
}
