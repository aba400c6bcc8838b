import { refuse } from "../../errors.ts";
import type { Call, Operation, Operations } from "../../operation.ts";
import type { Question } from "../../policy/decision.ts";
import { authorizationDetails, policyText } from "./details.ts";

/** The denials that are remembered; given by the composition. */
export interface RememberedDenials {
  denial(account: string, requestId: string): { readonly question: Question } | undefined;
}

interface Input {
  authorizationId: string;
  policyUri?: string;
}

/** The authorization id of a denial is its request id, its dashes left out. */
export function toolboxOperations(denials: RememberedDenials): Operations {
  const found = ({ authorizationId }: Input, call: Call): Question => {
    const denial = denials.denial(call.caller.facts.account, authorizationId);
    return denial?.question ?? notFound("There are no authorization details of that id.");
  };
  const details: Operation<Input> = {
    name: "GetRequestAuthorizationDetails",
    readOnly: true,
    requestParameters: ({ authorizationId }) => ({ authorizationId }),
    find: () => undefined,
    asks: (_input, _found, call) => [ask("GetRequestAuthorizationDetails", call)],
    run: (input, _found, call) => ({ answer: authorizationDetails(found(input, call), call.caller.facts.account) }),
  };
  const policy: Operation<Input> = {
    name: "GetRequestAuthorizationPolicy",
    readOnly: true,
    requestParameters: ({ authorizationId, policyUri }) => ({
      authorizationId,
      ...(policyUri !== undefined && { policyUri }),
    }),
    find: () => undefined,
    asks: (_input, _found, call) => [ask("GetRequestAuthorizationPolicy", call)],
    run: (input, _found, call) => {
      const text = policyText(found(input, call), call.caller.facts.account, input.policyUri ?? "");
      return { answer: { policy: text ?? notFound("No policy of that URI took part.") } };
    },
  };
  return new Map([details, policy].map((operation) => [operation.name, operation]));
}

const notFound = (message: string): never => refuse("ResourceNotFoundException", message, 404);

const ask = (name: string, call: Call) =>
  ({
    action: `iam:${name}`,
    resource: "*",
    resourceAccount: call.caller.facts.account,
    trust: "identity",
    context: new Map<string, string>(),
  }) as const;
