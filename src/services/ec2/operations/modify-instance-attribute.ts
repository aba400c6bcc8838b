import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { withAttachment } from "../../../volumes/attaching.ts";
import type { LaunchedInstance } from "../../../volumes/instance.ts";
import { volumesOf } from "../../../volumes/instance-volumes.ts";
import { askResource } from "../ask-ec2.ts";
import { findResource, present } from "../find-resource.ts";
import { instanceTypes } from "../instance-types.ts";
import { asked, type AttributeInput, type ModifiedAttribute } from "../instances/modified-attribute.ts";
import type { FoundInstance } from "../instances/find-instances.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { instanceKind } from "../resource-kinds.ts";

export const modifyInstanceAttribute: Operation<AttributeInput, unknown, FoundInstance> = {
  name: "ModifyInstanceAttribute",
  readOnly: false,
  requestParameters: (input) => ({
    instanceId: input.InstanceId,
    ...(input.Attribute !== undefined && { attribute: input.Attribute }),
    ...(input.DisableApiTermination && { disableApiTermination: { value: input.DisableApiTermination.Value } }),
    ...(input.DisableApiStop && { disableApiStop: { value: input.DisableApiStop.Value } }),
    ...(input.InstanceType && { instanceType: { value: input.InstanceType.Value } }),
    ...(input.InstanceInitiatedShutdownBehavior && {
      instanceInitiatedShutdownBehavior: { value: input.InstanceInitiatedShutdownBehavior.Value },
    }),
    ...(input.UserData && { userData: "<sensitiveDataRemoved>" }),
  }),
  find: ({ InstanceId }, call) => findResource(instanceKind, InstanceId, call),
  asks: (_input, found, call) => [askResource("ModifyInstanceAttribute", found, call)],
  run: (input, found, call) => {
    const instance = present(found);
    return {
      answer: {},
      changes: changesOf(asked(input, call), instance, call),
      responseElements: { _return: true },
    };
  },
};

function changesOf(attribute: ModifiedAttribute, instance: Entity<LaunchedInstance>, call: Call): Change[] {
  const { entities } = call;
  const put = (change: Partial<LaunchedInstance>) => [entities.put(instance, { ...instance.content, ...change })];
  switch (attribute.name) {
    case "blockDeviceMapping":
      return attribute.devices.map(([device, kept]) => deletedWith(instance.content, device, kept, call));
    case "instanceType": {
      checkStopped(instance.content, "instanceType");
      const type = instanceTypes.get(attribute.value);
      if (!type || type.architecture !== instance.content.architecture)
        return invalidValue(`Invalid value '${attribute.value.slice(0, 64)}' for InstanceType.`);
      return put({ type: type.name });
    }
    case "userData": {
      checkStopped(instance.content, "userData");
      const secret = call.seal.wrap({ kind: "instance", id: instance.row.id }, attribute.value);
      return [entities.put(instance, instance.content, { secret })];
    }
    case "flag":
      return put(attribute.change);
  }
}

function checkStopped({ state, instanceId }: LaunchedInstance, attribute: string): void {
  if (state !== "stopped")
    refuse(
      "IncorrectInstanceState",
      `The instance '${instanceId}' is not in the 'stopped' state. Its '${attribute}' can be modified only then.`,
    );
}

function deletedWith(instance: LaunchedInstance, device: string, deleteOnTermination: boolean, call: Call): Change {
  const attached = volumesOf(instance, call.entities).find(({ attachment }) => attachment.device === device);
  if (!attached)
    return refuse("InvalidInstanceAttributeValue", `No device is currently mapped at ${device.slice(0, 64)}`);
  const { volume, attachment } = attached;
  return call.entities.put(volume, withAttachment(volume.content, { ...attachment, deleteOnTermination }));
}
