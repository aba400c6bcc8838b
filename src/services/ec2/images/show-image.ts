import type { Image } from "../../../volumes/image.ts";
import type { FilterFields } from "../filters.ts";
import { shownDevices } from "./block-devices.ts";

const createdOf = ({ createdAt }: Image): string => new Date(createdAt).toISOString();

const isPublic = ({ launchers }: Image): boolean => launchers.includes("all");

const locationOf = ({ account, name }: Image): string => `${account}/${name}`;

/** DescribeImages' `Image`. */
export const showImage = (image: Image): object => ({
  ImageId: image.imageId,
  ImageLocation: locationOf(image),
  ImageType: "machine",
  Name: image.name,
  OwnerId: image.account,
  CreationDate: createdOf(image),
  Public: isPublic(image),
  State: image.state,
  ...(image.stateReason && { StateReason: { Code: image.stateReason.code, Message: image.stateReason.message } }),
  ...(image.description !== "" && { Description: image.description }),
  Architecture: image.architecture,
  VirtualizationType: image.virtualization,
  Hypervisor: "xen",
  RootDeviceName: image.rootDevice,
  RootDeviceType: "ebs",
  BlockDeviceMappings: shownDevices(image.devices),
  EnaSupport: image.enaSupport,
  PlatformDetails: "Linux/UNIX",
  UsageOperation: "RunInstances",
  ...(image.sriovNetSupport !== undefined && { SriovNetSupport: image.sriovNetSupport }),
  ...(image.bootMode !== undefined && { BootMode: image.bootMode }),
  ...(image.tpmSupport !== undefined && { TpmSupport: image.tpmSupport }),
  ...(image.imdsSupport !== undefined && { ImdsSupport: image.imdsSupport }),
  ...(image.sourceInstanceId !== undefined && { SourceInstanceId: image.sourceInstanceId }),
  ...(image.sourceImageId !== undefined && { SourceImageId: image.sourceImageId }),
  ...(image.sourceImageRegion !== undefined && { SourceImageRegion: image.sourceImageRegion }),
  DeregistrationProtection: "disabled",
  Tags: image.tags,
});

const ofDevices =
  (read: (device: Image["devices"][number]) => string | undefined) =>
  ({ devices }: Image): string[] =>
    devices.map(read).filter((value) => value !== undefined);

export const imageFields: FilterFields<Image> = {
  architecture: ({ architecture }) => architecture,
  "block-device-mapping.delete-on-termination": ofDevices((device) => String(device.deleteOnTermination)),
  "block-device-mapping.device-name": ofDevices(({ device }) => device),
  "block-device-mapping.encrypted": ofDevices(({ encrypted }) => String(encrypted === true)),
  "block-device-mapping.snapshot-id": ofDevices(({ snapshotId }) => snapshotId),
  "block-device-mapping.volume-size": ofDevices(({ sizeGiB }) => String(sizeGiB)),
  "block-device-mapping.volume-type": ofDevices(({ type }) => type),
  "creation-date": createdOf,
  description: ({ description }) => description,
  "ena-support": ({ enaSupport }) => String(enaSupport),
  hypervisor: () => "xen",
  "image-allowed": () => "true",
  "image-id": ({ imageId }) => imageId,
  "image-type": () => "machine",
  "is-public": (image) => String(isPublic(image)),
  "kernel-id": () => undefined,
  "manifest-location": locationOf,
  name: ({ name }) => name,
  "owner-alias": () => undefined,
  "owner-id": ({ account }) => account,
  platform: () => undefined,
  "product-code": () => undefined,
  "product-code.type": () => undefined,
  "ramdisk-id": () => undefined,
  "root-device-name": ({ rootDevice }) => rootDevice,
  "root-device-type": () => "ebs",
  "source-image-id": ({ sourceImageId }) => sourceImageId,
  "source-image-region": ({ sourceImageRegion }) => sourceImageRegion,
  "source-instance-id": ({ sourceInstanceId }) => sourceInstanceId,
  "sriov-net-support": ({ sriovNetSupport }) => sriovNetSupport,
  state: ({ state }) => state,
  "state-reason-code": ({ stateReason }) => stateReason?.code,
  "state-reason-message": ({ stateReason }) => stateReason?.message,
  "virtualization-type": ({ virtualization }) => virtualization,
};
