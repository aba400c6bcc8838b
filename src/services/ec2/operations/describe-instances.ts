import type { Operation } from "../../../operation.ts";
import { askAll } from "../ask-ec2.ts";
import { describeResources } from "../describe.ts";
import type { Filter } from "../filters.ts";
import { instanceFields, reservationsOf } from "../instances/show-instance.ts";
import type { Paging } from "../paging.ts";
import { recordedFilters, recordedItems } from "../recorded.ts";
import { instanceKind } from "../resource-kinds.ts";

interface Input extends Paging {
  InstanceIds?: string[];
  Filters?: Filter[];
}

export const describeInstances: Operation<Input, unknown, void> = {
  name: "DescribeInstances",
  readOnly: true,
  requestParameters: ({ InstanceIds, Filters, MaxResults }) => ({
    ...(MaxResults !== undefined && { maxResults: MaxResults }),
    instancesSet: recordedItems("instanceId", InstanceIds),
    ...recordedFilters(Filters),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeInstances", call)],
  run: ({ InstanceIds, ...input }, _found, call) => {
    const own = call.caller.facts.account;
    const describing = {
      kind: instanceKind,
      set: "instancesSet",
      fields: instanceFields(call.entities),
      visible: ({ account }: { account: string }) => account === own,
    };
    const { shown, more } = describeResources(describing, { ...input, ids: InstanceIds }, call);
    const Reservations = reservationsOf(
      shown.map(({ content }) => content),
      call.entities,
    );
    return { answer: { Reservations, ...more } };
  },
};
