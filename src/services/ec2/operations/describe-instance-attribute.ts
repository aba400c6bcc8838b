import type { Call, Operation } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Entity } from "../../../store/entities.ts";
import type { LaunchedInstance } from "../../../volumes/instance.ts";
import { volumesOf } from "../../../volumes/instance-volumes.ts";
import { askResource } from "../ask-ec2.ts";
import { defaultNetwork } from "../default-network.ts";
import { findResource, present } from "../find-resource.ts";
import type { FoundInstance } from "../instances/find-instances.ts";
import { shownDevice } from "../instances/show-instance.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { instanceKind } from "../resource-kinds.ts";

interface Input {
  InstanceId: string;
  Attribute: string;
}

type Tell = (instance: Entity<LaunchedInstance>, call: Call, decision: Decision) => object;

const attributes: Readonly<Record<string, Tell>> = {
  blockDeviceMapping: ({ content }, { entities }) => ({
    BlockDeviceMappings: volumesOf(content, entities).map(({ volume, attachment }) =>
      shownDevice(volume.content, attachment),
    ),
  }),
  disableApiStop: ({ content }) => ({ DisableApiStop: { Value: content.disableApiStop } }),
  disableApiTermination: ({ content }) => ({ DisableApiTermination: { Value: content.disableApiTermination } }),
  ebsOptimized: ({ content }) => ({ EbsOptimized: { Value: content.ebsOptimized } }),
  enaSupport: () => ({ EnaSupport: { Value: true } }),
  enclaveOptions: () => ({ EnclaveOptions: { Enabled: false } }),
  groupSet: ({ content }) => ({
    Groups: [{ GroupId: defaultNetwork(content.account, content.region).groupId, GroupName: "default" }],
  }),
  instanceInitiatedShutdownBehavior: ({ content }) => ({
    InstanceInitiatedShutdownBehavior: { Value: content.shutdownBehavior },
  }),
  instanceType: ({ content }) => ({ InstanceType: { Value: content.type } }),
  kernel: () => ({ KernelId: {} }),
  productCodes: () => ({ ProductCodes: [] }),
  ramdisk: () => ({ RamdiskId: {} }),
  rootDeviceName: ({ content }) => ({ RootDeviceName: { Value: content.rootDevice } }),
  sourceDestCheck: ({ content }) => ({ SourceDestCheck: { Value: content.sourceDestCheck } }),
  sriovNetSupport: () => ({ SriovNetSupport: {} }),
  userData: (instance, call, decision) => ({ UserData: { Value: userDataOf(instance, call, decision) } }),
};

function userDataOf({ row }: Entity<LaunchedInstance>, { seal }: Call, decision: Decision): string | undefined {
  return row.secret ? seal.open(decision, { kind: row.kind, id: row.id }, row.secret).toString("utf8") : undefined;
}

export const describeInstanceAttribute: Operation<Input, unknown, FoundInstance> = {
  name: "DescribeInstanceAttribute",
  readOnly: true,
  requestParameters: ({ InstanceId, Attribute }) => ({ instanceId: InstanceId, attribute: Attribute }),
  find: ({ InstanceId }, call) => findResource(instanceKind, InstanceId, call),
  asks: (_input, found, call) => [askResource("DescribeInstanceAttribute", found, call)],
  run: ({ InstanceId, Attribute }, found, call, decisions) => {
    const instance = present(found);
    const tell = Object.hasOwn(attributes, Attribute) ? attributes[Attribute] : undefined;
    if (!tell) return invalidValue(`Value (${Attribute.slice(0, 64)}) for parameter attribute is invalid.`);
    return { answer: { InstanceId, ...tell(instance, call, decisions[0]!) } };
  },
};
