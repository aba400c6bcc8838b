import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { newId } from "../../../volumes/ids.ts";
import type { ImageDevice } from "../../../volumes/image.ts";
import type { LaunchedInstance } from "../../../volumes/instance.ts";
import { type Attached, volumesOf } from "../../../volumes/instance-volumes.ts";
import { askNew, askResource } from "../ask-ec2.ts";
import { findResource, present } from "../find-resource.ts";
import { askedDevices, type BlockDeviceMapping, recordedDevices, refuseEncryption } from "../images/block-devices.ts";
import { checkImageName, nameIsFree } from "../images/image-name.ts";
import { newImage } from "../images/new-image.ts";
import { registeredDevices, sizeFrom, snapshotsToRegister } from "../images/registered-devices.ts";
import type { FoundInstance } from "../instances/find-instances.ts";
import { imageKind, instanceKind, snapshotKind } from "../resource-kinds.ts";
import { newSnapshots } from "../snapshots/new-snapshot.ts";
import { recordedSpecifications, type TagSpecification, tagsSpecified } from "../tags.ts";

interface Input {
  InstanceId: string;
  Name: string;
  Description?: string;
  /** Nothing is rebooted either way: snapshots are of one moment, as a machine that lost its power leaves its disks. */
  NoReboot?: boolean;
  BlockDeviceMappings?: BlockDeviceMapping[];
  TagSpecifications?: TagSpecification[];
}

interface Found {
  readonly instance: FoundInstance;
  readonly asked: ReadonlyMap<string, ImageDevice | undefined>;
  readonly tags: { readonly image: Tag[]; readonly snapshot: Tag[] };
}

/** Snapshots of an instance's volumes at one moment, and an image of those. */
export const createImage: Operation<Input, unknown, Found> = {
  name: "CreateImage",
  readOnly: false,
  requestParameters: (input) => ({
    instanceId: input.InstanceId,
    name: input.Name,
    ...(input.Description !== undefined && { description: input.Description }),
    noReboot: input.NoReboot ?? false,
    ...recordedDevices(input.BlockDeviceMappings),
    ...recordedSpecifications(input.TagSpecifications),
  }),
  find: (input, call) => {
    checkImageName(input.Name);
    return {
      instance: findResource(instanceKind, input.InstanceId, call),
      asked: askedDevices(input.BlockDeviceMappings),
      tags: tagsSpecified(input.TagSpecifications, "image", "snapshot"),
    };
  },
  asks: (_input, { instance, tags }, call) => [
    askResource("CreateImage", instance, call),
    ...askNew("CreateImage", imageKind, tags.image, call),
    ...askNew("CreateImage", snapshotKind, tags.snapshot, call),
  ],
  run: async (input, { instance: found, asked, tags }, call, decisions): Promise<Outcome<unknown>> => {
    const instance = present(found).content;
    if (instance.state !== "running" && instance.state !== "stopped")
      refuse("IncorrectState", `The instance '${instance.instanceId}' is in the state '${instance.state}'.`);
    nameIsFree(input.Name, call);
    const imageId = newId("ami");
    const taken = volumesOf(instance, call.entities).filter(
      ({ attachment }) => !asked.has(attachment.device) || asked.get(attachment.device) !== undefined,
    );
    if (!taken.some(({ attachment }) => attachment.device === instance.rootDevice))
      refuse("InvalidBlockDeviceMapping", "No root snapshot specified in device mapping.");
    const description = `Created by CreateImage(${instance.instanceId}) for ${imageId}`;
    const wishes = taken.map(({ volume }) => ({ volume, description, tags: tags.snapshot }));
    const { snapshots, changes: made } = await newSnapshots(wishes, "createSnapshots", call, decisions[0]!);
    const devices = [
      ...taken.map((attached, index) => imageDevice(attached, snapshots[index]!, asked)),
      ...addedDevices(taken, asked, call),
    ];
    const traits = { ...traitsOf(instance), name: input.Name, description: input.Description ?? "", devices };
    const { changes, events } = newImage(traits, "pending", tags.image, call, imageId);
    return {
      answer: { ImageId: imageId },
      changes: [...made, ...changes],
      events,
      responseElements: { requestId: call.requestId, imageId },
    };
  },
};

/** A volume's snapshot, with what the request says of the device instead of what the volume is. */
function imageDevice(
  { volume: { content: volume }, attachment }: Attached,
  snapshot: Snapshot,
  asked: Found["asked"],
): ImageDevice {
  const { device } = attachment;
  const wanted = asked.get(device);
  if (wanted?.encrypted !== undefined || wanted?.snapshotId !== undefined) refuseEncryption(device);
  const { iops, throughput } = volume.type === "gp2" ? {} : volume;
  return {
    type: volume.type,
    ...(iops !== undefined && { iops }),
    ...(throughput !== undefined && { throughput }),
    deleteOnTermination: attachment.deleteOnTermination,
    ...wanted,
    device,
    snapshotId: snapshot.snapshotId,
    sizeGiB: wanted ? sizeFrom(wanted, snapshot) : snapshot.sizeGiB,
    encrypted: snapshot.encrypted,
  };
}

function addedDevices(taken: readonly Attached[], asked: Found["asked"], call: Call): ImageDevice[] {
  const there = new Set(taken.map(({ attachment }) => attachment.device));
  const added = [...asked.values()].filter((device) => device !== undefined && !there.has(device.device));
  const devices = added.filter((device) => device !== undefined);
  const snapshots = snapshotsToRegister(devices, call).map((found) => [found.id, present(found).content] as const);
  return registeredDevices(devices, new Map(snapshots));
}

const traitsOf = ({ architecture, virtualization, rootDevice, bootMode, instanceId }: LaunchedInstance) => ({
  architecture,
  virtualization,
  rootDevice,
  enaSupport: true,
  sourceInstanceId: instanceId,
  ...(bootMode !== undefined && { bootMode }),
});
