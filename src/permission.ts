import { AwsError } from "./errors.ts";
import type { CalledApi, House } from "./house.ts";
import { sealAuthorizationMessage } from "./identity/authorization-message.ts";
import { questionOf } from "./identity/question.ts";
import type { Ask, Call } from "./operation.ts";
import { authorizationFailure } from "./policy/authorization-failure.ts";
import { decide } from "./policy/decide.ts";
import type { Decision, Question } from "./policy/decision.ts";
import { denialMessage } from "./policy/denial.ts";

/** Every question, in order; the first no is AWS's denial. */
export function allowedAll(house: House, asks: readonly Ask[], call: Call, api: CalledApi): Decision[] {
  return asks.map((ask) => {
    let question = questionOf(ask, call, api.wire.name);
    let decision = decide(question);
    const grants = decision.because.effect === "implicit deny" ? (ask.grants?.() ?? []) : [];
    if (grants.length > 0) {
      question = { ...question, grants };
      decision = decide(question);
    }
    if (decision.allowed) return house.decisions.allowed(call, decision);
    house.decisions.denied(call, question, decision);
    const message = denialMessage(question, decision, ask);
    throw new AwsError("AccessDeniedException", message + encoded(question, call, api), 403);
  });
}

/** EC2's denials carry what sts:DecodeAuthorizationMessage tells to whoever may know. */
function encoded(question: Question, { seal }: Call, { wire }: CalledApi): string {
  const { account } = question.caller;
  // A service principal has no account that could ask.
  if (wire.protocol !== "ec2" || account === "") return "";
  const message = sealAuthorizationMessage(seal, account, authorizationFailure(question));
  return `. Encoded authorization failure message: ${message}`;
}
