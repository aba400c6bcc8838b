import type { Operation } from "../../../operation.ts";
import { askAll } from "../ask-ec2.ts";
import { describeResources } from "../describe.ts";
import type { Filter } from "../filters.ts";
import type { Paging } from "../paging.ts";
import { recordedItems } from "../recorded.ts";
import { instanceKind } from "../resource-kinds.ts";

interface Input extends Paging {
  InstanceIds?: string[];
  Filters?: Filter[];
}

/** Of instances of burstable types; the others have none. */
export const describeInstanceCreditSpecifications: Operation<Input, unknown, void> = {
  name: "DescribeInstanceCreditSpecifications",
  readOnly: true,
  requestParameters: ({ InstanceIds }) => ({ instancesSet: recordedItems("instanceId", InstanceIds) }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeInstanceCreditSpecifications", call)],
  run: ({ InstanceIds, ...input }, _found, call) => {
    const own = call.caller.facts.account;
    const describing = {
      kind: instanceKind,
      set: "instancesSet",
      fields: { "instance-id": ({ instanceId }: { instanceId: string }) => instanceId },
      visible: ({ account }: { account: string }) => account === own,
    };
    const { shown, more } = describeResources(describing, { ...input, ids: InstanceIds }, call);
    const InstanceCreditSpecifications = shown.flatMap(({ content: { instanceId, credits } }) =>
      credits === undefined ? [] : [{ InstanceId: instanceId, CpuCredits: credits }],
    );
    return { answer: { InstanceCreditSpecifications, ...more } };
  },
};
