import { refuse } from "../../errors.ts";
import type { ManagedPolicy } from "../../identity/entities.ts";
import type { Call, Operation, Outcome } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import type { Values } from "./ask-iam.ts";
import { noSuchEntity } from "./find-entity.ts";
import { askPolicy, findPolicy, type FoundPolicy } from "./managed-policies.ts";
import { recorded } from "./recorded.ts";

export interface PolicyArnInput {
  PolicyArn: string;
}

/** A policy that is there. */
export type KnownPolicy = FoundPolicy & { readonly content: ManagedPolicy };

/** An operation on one managed policy that its request names by ARN. */
export function onPolicy<I extends object>(
  name: string,
  readOnly: boolean,
  run: (input: I & PolicyArnInput, policy: KnownPolicy, call: Call) => Outcome<unknown>,
  values: (input: I) => Values = () => [],
): Operation<I & PolicyArnInput, unknown, FoundPolicy> {
  return {
    name,
    readOnly,
    requestParameters: recorded,
    find: ({ PolicyArn }, call) => findPolicy(PolicyArn, call),
    resources: ({ arn, content }, call) => [
      { accountId: content?.account ?? call.caller.facts.account, type: "AWS::IAM::Policy", ARN: arn },
    ],
    asks: (input, found, call) => [askPolicy(name, found, call, values(input))],
    run: (input, found, call) => {
      const { content } = found;
      if (!content) return noSuchEntity(`Policy ${found.arn} was not found.`);
      return run(input, { ...found, content }, call);
    },
  };
}

/** One that the account may change. */
export function ownPolicy({ entity }: FoundPolicy): Entity<ManagedPolicy> {
  return entity ?? refuse("AccessDeniedException", "Policy is owned by AWS and cannot be changed.", 403);
}
