import type { Operation } from "../../../operation.ts";
import type { LaunchedInstance } from "../../../volumes/instance.ts";
import { volumesOf } from "../../../volumes/instance-volumes.ts";
import { askAll } from "../ask-ec2.ts";
import { describeResources } from "../describe.ts";
import type { Filter, FilterFields } from "../filters.ts";
import { stateOf } from "../instances/show-instance.ts";
import type { Paging } from "../paging.ts";
import { recordedFilters, recordedItems } from "../recorded.ts";
import { instanceKind } from "../resource-kinds.ts";
import type { Entities } from "../../../store/entities.ts";

interface Input extends Paging {
  InstanceIds?: string[];
  IncludeAllInstances?: boolean;
  Filters?: Filter[];
}

/** What runs is well as long as all its volumes are served. */
function healthOf(instance: LaunchedInstance, entities: Entities): "ok" | "impaired" | "not-applicable" {
  if (instance.state !== "running") return "not-applicable";
  const unserved = volumesOf(instance, entities).some(({ attachment }) => attachment.unserved !== undefined);
  return unserved ? "impaired" : "ok";
}

const reached = { ok: "passed", impaired: "failed", "not-applicable": undefined } as const;

const fieldsOf = (entities: Entities): FilterFields<LaunchedInstance> => ({
  "availability-zone": ({ zone }) => zone,
  "instance-state-code": ({ state }) => String(stateOf(state).Code),
  "instance-state-name": ({ state }) => state,
  "instance-status.status": (instance) => healthOf(instance, entities),
  "instance-status.reachability": (instance) => reached[healthOf(instance, entities)],
  "system-status.status": ({ state }) => (state === "running" ? "ok" : "not-applicable"),
  "system-status.reachability": ({ state }) => (state === "running" ? "passed" : undefined),
  "attached-ebs-status.status": (instance) => healthOf(instance, entities),
});

export const describeInstanceStatus: Operation<Input, unknown, void> = {
  name: "DescribeInstanceStatus",
  readOnly: true,
  requestParameters: ({ InstanceIds, Filters, IncludeAllInstances }) => ({
    instancesSet: recordedItems("instanceId", InstanceIds),
    ...recordedFilters(Filters),
    includeAllInstances: IncludeAllInstances ?? false,
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeInstanceStatus", call)],
  run: ({ InstanceIds, IncludeAllInstances: all = false, ...input }, _found, call) => {
    const own = call.caller.facts.account;
    const describing = {
      kind: instanceKind,
      set: "instancesSet",
      fields: fieldsOf(call.entities),
      visible: ({ account }: { account: string }) => account === own,
      wanted: ({ state }: LaunchedInstance) => all || state === "running",
    };
    const { shown, more } = describeResources(describing, { ...input, ids: InstanceIds }, call);
    const InstanceStatuses = shown.map(({ content }) => statusOf(content, call.entities));
    return { answer: { InstanceStatuses, ...more } };
  },
};

function statusOf(instance: LaunchedInstance, entities: Entities): object {
  const health = healthOf(instance, entities);
  const summary = (Status: typeof health) => {
    const passed = reached[Status];
    return { Status, ...(passed !== undefined && { Details: [{ Name: "reachability", Status: passed }] }) };
  };
  return {
    InstanceId: instance.instanceId,
    AvailabilityZone: instance.zone,
    InstanceState: stateOf(instance.state),
    InstanceStatus: summary(health),
    SystemStatus: summary(health === "impaired" ? "ok" : health),
    AttachedEbsStatus: summary(health),
  };
}
