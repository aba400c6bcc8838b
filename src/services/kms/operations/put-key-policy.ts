import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { type KnownKey, ownKey } from "../find-key.ts";
import { acceptPolicy } from "../key-policy.ts";
import { refuseAwsManaged } from "../key-states.ts";

interface Input {
  KeyId: string;
  Policy: string;
  PolicyName?: string;
  BypassPolicyLockoutSafetyCheck?: boolean;
}

export const putKeyPolicy: Operation<Input, unknown, KnownKey> = {
  name: "PutKeyPolicy",
  readOnly: false,
  requestParameters: (input) => ({
    keyId: input.KeyId,
    policyName: input.PolicyName ?? "default",
    policy: input.Policy,
    bypassPolicyLockoutSafetyCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
  }),
  find: ({ KeyId }, call) => ownKey(KeyId, call),
  resources: (found) => [keyResource(found)],
  asks: ({ BypassPolicyLockoutSafetyCheck: bypass }, found, call) => [
    askKey(
      "PutKeyPolicy",
      found,
      call,
      bypass === undefined ? [] : [["kms:bypasspolicylockoutsafetycheck", String(bypass)]],
    ),
  ],
  run: (input, found, call) => {
    if ((input.PolicyName ?? "default") !== "default") refuse("NotFoundException", "No such policy exists");
    refuseAwsManaged(found.entity.content, found.arn);
    const policy = acceptPolicy(input.Policy, found, input.BypassPolicyLockoutSafetyCheck ?? false, call);
    const change = call.entities.put(found.entity, { ...found.entity.content, policy });
    return { answer: {}, changes: [change], responseElements: { keyId: found.arn } };
  },
};
