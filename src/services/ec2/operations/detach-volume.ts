import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import { attachmentRowId, withAttachment } from "../../../volumes/attaching.ts";
import type { Attachment, Instance, Volume } from "../../../volumes/entities.ts";
import { workFor } from "../../../volumes/work.ts";
import { askResource } from "../ask-ec2.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { invalidCombination } from "../refuse-ec2.ts";
import { instanceKind, type ResourceKind, volumeKind } from "../resource-kinds.ts";
import { attachmentView } from "../volumes/volume-view.ts";

interface Input {
  VolumeId: string;
  InstanceId?: string;
  Device?: string;
  Force?: boolean;
  DryRun?: boolean;
}

interface Found {
  readonly volume: FoundResource<Volume>;
  /** The one that was named, or the one that has the volume. */
  readonly instance: FoundResource<Instance> | undefined;
}

export const detachVolume: Operation<Input, unknown, Found> = {
  name: "DetachVolume",
  readOnly: false,
  requestParameters: ({ VolumeId, InstanceId, Device, Force }) => ({
    volumeId: VolumeId,
    ...(InstanceId !== undefined && { instanceId: InstanceId }),
    ...(Device !== undefined && { device: Device }),
    force: Force ?? false,
  }),
  find: (input, call) => {
    const volume = findResource(volumeKind, input.VolumeId, call);
    const instanceId = input.InstanceId ?? volume.entity?.content.attachments[0]?.instanceId;
    return { volume, instance: instanceId === undefined ? undefined : instanceOf(instanceId, call) };
  },
  asks: (_input, { volume, instance }, call) => [
    askResource("DetachVolume", volume, call),
    ...(instance ? [askResource("DetachVolume", instance, call)] : []),
  ],
  run: (input, found, call) => {
    const volume = present(found.volume);
    const attachment = attachmentOf(input, volume.content);
    const { volumeId, multiAttach } = volume.content;
    const { instanceId, device, state } = attachment;
    const instance = instanceOf(instanceId, call).entity?.content;
    if (instance?.rootDevice === device && instance.state !== "stopped" && !multiAttach)
      refuse("OperationNotPermitted", `Unable to detach root volume '${device}' from instance '${instanceId}'`);
    // What is on its way is finished first, with Force or without: nothing is lost by waiting for it.
    if (state !== "attached") refuse("IncorrectState", `Volume '${volumeId}' is in the '${state}' state.`);
    const detaching: Attachment = { ...attachment, state: "detaching" };
    const id = attachmentRowId(volume.content, instanceId);
    const changes = [
      call.entities.put(volume, withAttachment(volume.content, detaching)),
      workFor(call, "detach-volume", { kind: "volume-attachment", id }, {}),
    ];
    const responseElements = { volumeId, instanceId, device, status: "detaching", attachTime: attachment.attachedAt };
    return { answer: attachmentView(volumeId, detaching), changes, responseElements };
  },
};

const instanceOf = (id: string, call: Call): FoundResource<Instance> =>
  findResource(instanceKind as ResourceKind<Instance>, id, call);

/** The attachment that is meant. Throws IncorrectState where there is none, InvalidAttachment.NotFound for another. */
function attachmentOf({ InstanceId, Device }: Input, { volumeId, state, attachments }: Volume): Attachment {
  if (attachments.length === 0) refuse("IncorrectState", `Volume '${volumeId}' is in the '${state}' state.`);
  if (InstanceId === undefined && attachments.length > 1)
    invalidCombination(`Volume '${volumeId}' is attached to more than one instance; specify the instance.`);
  const meant = attachments.find(
    ({ instanceId, device }) =>
      (InstanceId === undefined || instanceId === InstanceId) && (Device === undefined || device === Device),
  );
  const where = [InstanceId, Device].filter((part) => part !== undefined).map((part) => part.slice(0, 64));
  return (
    meant ?? refuse("InvalidAttachment.NotFound", `The volume '${volumeId}' is not attached to ${where.join(" as ")}.`)
  );
}
