import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { addAttachment, attachmentRowId } from "../../../volumes/attaching.ts";
import type { Attachment, Instance, Volume, VolumeAttachment } from "../../../volumes/entities.ts";
import { workFor } from "../../../volumes/work.ts";
import { askResource } from "../ask-ec2.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { instanceKind, type ResourceKind, volumeKind } from "../resource-kinds.ts";
import { attachmentView } from "../volumes/volume-view.ts";

interface Input {
  VolumeId: string;
  InstanceId: string;
  Device: string;
  DryRun?: boolean;
}

interface Found {
  readonly volume: FoundResource<Volume>;
  readonly instance: FoundResource<Instance>;
}

export const attachVolume: Operation<Input, unknown, Found> = {
  name: "AttachVolume",
  readOnly: false,
  requestParameters: ({ VolumeId, InstanceId, Device }) => ({
    volumeId: VolumeId,
    instanceId: InstanceId,
    device: Device,
    deleteOnTermination: false,
  }),
  find: (input, call) => ({
    volume: findResource(volumeKind, input.VolumeId, call),
    instance: findResource(instanceKind as ResourceKind<Instance>, input.InstanceId, call),
  }),
  asks: (_input, { volume, instance }, call) => [
    askResource("AttachVolume", volume, call),
    askResource("AttachVolume", instance, call),
  ],
  run: ({ Device }, found, call) => {
    const volume = present(found.volume);
    const instance = present(found.instance);
    checkVolume(volume.content, instance.content);
    checkInstance(instance.content);
    checkDevice(Device, volume.content, instance, call);
    const { volumeId, attachments } = volume.content;
    const attachment: Attachment = {
      instanceId: instance.content.instanceId,
      device: Device,
      state: "attaching",
      attachedAt: call.now,
      deleteOnTermination: false,
    };
    const attached: Volume = { ...volume.content, state: "in-use", attachments: [...attachments, attachment] };
    const id = attachmentRowId(attached, attachment.instanceId);
    const changes = [
      call.entities.put(volume, attached),
      addAttachment(call.entities, attached, attachment),
      workFor(call, "attach-volume", { kind: "volume-attachment", id }, {}),
    ];
    const { instanceId } = attachment;
    const responseElements = { volumeId, instanceId, device: Device, status: "attaching", attachTime: call.now };
    return { answer: attachmentView(volumeId, attachment), changes, responseElements };
  },
};

const sharedMost = 16;
const volumesMost = 28;

function checkVolume({ volumeId, state, zone, multiAttach, attachments }: Volume, instance: Instance): void {
  const free = state === "available" || (state === "in-use" && multiAttach && attachments.length < sharedMost);
  const here = attachments.some(({ instanceId }) => instanceId === instance.instanceId);
  if (state === "in-use" && (!free || here)) refuse("VolumeInUse", `${volumeId} is already attached to an instance`);
  if (!free) refuse("IncorrectState", `Volume '${volumeId}' is not 'available'.`);
  if (zone !== instance.zone)
    refuse(
      "InvalidVolume.ZoneMismatch",
      `The volume '${volumeId}' is not in the same availability zone as instance '${instance.instanceId}'`,
    );
}

function checkInstance({ instanceId, state }: Instance): void {
  if (state !== "running" && state !== "stopped")
    refuse("IncorrectState", `Instance '${instanceId}' is not 'running'.`);
}

const deviceName = /^(?:\/dev\/)?(?:sd[a-z]{1,2}\d{0,2}|xvd[a-z]{1,2}\d{0,2}|hd[a-z]\d{0,2})$/;

function checkDevice(device: string, { volumeId }: Volume, { row, content }: Entity<Instance>, call: Call): void {
  const shown = device.slice(0, 64);
  if (!deviceName.test(device))
    invalidValue(`Value (${shown}) for parameter device is invalid. ${shown} is not a valid EBS device name.`);
  call.used.push(reference.byParent("volume-attachment", row.id));
  const page = { after: "", limit: volumesMost + 1 };
  const others = call.entities.listByParent<VolumeAttachment>("volume-attachment", row.id, page);
  if (device === content.rootDevice || others.some((other) => other.content.device === device))
    invalidValue(`Invalid value '${shown}' for unixDevice. Attachment point ${shown} is already in use`);
  if (others.length >= volumesMost)
    refuse("AttachmentLimitExceeded", `The volume ${volumeId} cannot be attached: the instance has ${volumesMost}.`);
}
