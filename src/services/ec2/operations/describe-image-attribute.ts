import type { Operation } from "../../../operation.ts";
import type { Image } from "../../../volumes/image.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { shownDevices } from "../images/block-devices.ts";
import { findImage, ownImage } from "../images/find-image.ts";
import { shownLaunchers } from "../images/launchers.ts";
import { invalidValue } from "../refuse-ec2.ts";

interface Input {
  ImageId: string;
  Attribute: string;
}

/** Each attribute, as the answer tells it. */
const attributes: Readonly<Record<string, (image: Image) => object>> = {
  blockDeviceMapping: ({ devices }) => ({ BlockDeviceMappings: shownDevices(devices) }),
  bootMode: ({ bootMode }) => ({ BootMode: { Value: bootMode } }),
  deregistrationProtection: () => ({ DeregistrationProtection: { Value: "disabled" } }),
  description: ({ description }) => ({ Description: { Value: description } }),
  imdsSupport: ({ imdsSupport }) => ({ ImdsSupport: { Value: imdsSupport } }),
  kernel: () => ({ KernelId: {} }),
  lastLaunchedTime: ({ lastLaunchedAt }) => ({
    LastLaunchedTime: lastLaunchedAt === undefined ? {} : { Value: new Date(lastLaunchedAt).toISOString() },
  }),
  launchPermission: ({ launchers }) => ({ LaunchPermissions: shownLaunchers(launchers) }),
  productCodes: () => ({ ProductCodes: [] }),
  ramdisk: () => ({ RamdiskId: {} }),
  sriovNetSupport: ({ sriovNetSupport }) => ({ SriovNetSupport: { Value: sriovNetSupport } }),
  tpmSupport: ({ tpmSupport }) => ({ TpmSupport: { Value: tpmSupport } }),
  uefiData: () => ({ UefiData: {} }),
};

export const describeImageAttribute: Operation<Input, unknown, FoundResource<Image>> = {
  name: "DescribeImageAttribute",
  readOnly: true,
  requestParameters: ({ ImageId, Attribute }) => ({ imageId: ImageId, attributeName: Attribute }),
  find: ({ ImageId }, call) => findImage(ImageId, call),
  asks: (_input, found, call) => [askResource("DescribeImageAttribute", found, call)],
  run: ({ ImageId, Attribute }, found, call) => {
    const { content } = ownImage(found, call);
    const tell = Object.hasOwn(attributes, Attribute) ? attributes[Attribute] : undefined;
    if (!tell) return invalidValue(`Value (${Attribute.slice(0, 64)}) for parameter attribute is invalid.`);
    return { answer: { ImageId, ...tell(content) } };
  },
};
