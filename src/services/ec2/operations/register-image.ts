import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { type Snapshot } from "../../../volumes/entities.ts";
import type { ImageDevice } from "../../../volumes/image.ts";
import { askNew, askResource } from "../ask-ec2.ts";
import { type FoundResource, present } from "../find-resource.ts";
import { imageKind } from "../resource-kinds.ts";
import { askedDevices, type BlockDeviceMapping, invalidMapping, recordedDevices } from "../images/block-devices.ts";
import { checkImageName, nameIsFree } from "../images/image-name.ts";
import { newImage } from "../images/new-image.ts";
import { registeredDevices, snapshotsToRegister } from "../images/registered-devices.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { recordedSpecifications, type TagSpecification, tagsSpecified } from "../tags.ts";

interface Input {
  Name: string;
  Description?: string;
  ImageLocation?: string;
  Architecture?: string;
  VirtualizationType?: string;
  RootDeviceName?: string;
  BlockDeviceMappings?: BlockDeviceMapping[];
  EnaSupport?: boolean;
  SriovNetSupport?: string;
  BootMode?: string;
  TpmSupport?: string;
  ImdsSupport?: string;
  TagSpecifications?: TagSpecification[];
}

interface Found {
  readonly devices: readonly ImageDevice[];
  readonly snapshots: readonly FoundResource<Snapshot>[];
}

const architectures = ["i386", "x86_64", "arm64", "x86_64_mac", "arm64_mac"] as const;
const virtualizations = ["hvm", "paravirtual"] as const;

export const registerImage: Operation<Input, unknown, Found> = {
  name: "RegisterImage",
  readOnly: false,
  requestParameters: (input) => ({
    name: input.Name,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.Architecture !== undefined && { architecture: input.Architecture }),
    ...(input.VirtualizationType !== undefined && { virtualizationType: input.VirtualizationType }),
    ...(input.RootDeviceName !== undefined && { rootDeviceName: input.RootDeviceName }),
    ...(input.EnaSupport !== undefined && { enaSupport: input.EnaSupport }),
    ...recordedDevices(input.BlockDeviceMappings),
    ...recordedSpecifications(input.TagSpecifications),
  }),
  find: (input, call) => {
    checkImageName(input.Name);
    if (input.ImageLocation !== undefined && input.ImageLocation !== "")
      refuse("UnsupportedOperation", "Images that are kept in S3 cannot be registered here: name snapshots.");
    const devices = [...askedDevices(input.BlockDeviceMappings).values()].filter((device) => device !== undefined);
    return { devices, snapshots: snapshotsToRegister(devices, call) };
  },
  asks: (input, { snapshots }, call) => [
    ...askNew("RegisterImage", imageKind, tagsSpecified(input.TagSpecifications, "image").image, call),
    ...snapshots.map((snapshot) => askResource("RegisterImage", snapshot, call)),
  ],
  run: (input, { devices, snapshots }, call) => {
    const rootDevice = input.RootDeviceName ?? devices[0]?.device ?? "";
    if (!devices.some(({ device, snapshotId }) => device === rootDevice && snapshotId !== undefined))
      invalidMapping("No root snapshot specified in device mapping.");
    const byId = new Map(snapshots.map((found) => [found.id, present(found).content]));
    nameIsFree(input.Name, call);
    const tags = tagsSpecified(input.TagSpecifications, "image").image;
    const traits = { ...traitsOf(input), rootDevice, devices: registeredDevices(devices, byId) };
    const { image, changes, events } = newImage(traits, "available", tags, call);
    const { imageId } = image;
    return { answer: { ImageId: imageId }, changes, events, responseElements: { imageId } };
  },
};

function traitsOf(input: Input): Omit<Parameters<typeof newImage>[0], "rootDevice" | "devices"> {
  const { Name, Description = "", EnaSupport, SriovNetSupport, BootMode, TpmSupport, ImdsSupport } = input;
  return {
    name: Name,
    description: Description,
    architecture: oneOf(architectures, input.Architecture ?? "i386", "architecture"),
    virtualization: oneOf(virtualizations, input.VirtualizationType ?? "paravirtual", "virtualizationType"),
    enaSupport: EnaSupport ?? false,
    ...(SriovNetSupport !== undefined && {
      sriovNetSupport: oneOf(["simple"] as const, SriovNetSupport, "sriovNetSupport"),
    }),
    ...(BootMode !== undefined && {
      bootMode: oneOf(["legacy-bios", "uefi", "uefi-preferred"] as const, BootMode, "bootMode"),
    }),
    ...(TpmSupport !== undefined && { tpmSupport: oneOf(["v2.0"] as const, TpmSupport, "tpmSupport") }),
    ...(ImdsSupport !== undefined && { imdsSupport: oneOf(["v2.0"] as const, ImdsSupport, "imdsSupport") }),
  };
}

function oneOf<V extends string>(known: readonly V[], value: string, parameter: string): V {
  const found = known.find((one) => one === value);
  return found ?? invalidValue(`Value (${value.slice(0, 64)}) for parameter ${parameter} is invalid.`);
}
