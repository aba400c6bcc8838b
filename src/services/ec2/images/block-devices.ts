import { refuse } from "../../../errors.ts";
import type { ImageDevice } from "../../../volumes/image.ts";
import { invalidValue } from "../refuse-ec2.ts";

export interface BlockDeviceMapping {
  DeviceName?: string;
  VirtualName?: string;
  NoDevice?: string;
  Ebs?: {
    DeleteOnTermination?: boolean;
    Iops?: number;
    SnapshotId?: string;
    VolumeSize?: number;
    VolumeType?: string;
    KmsKeyId?: string;
    Throughput?: number;
    Encrypted?: boolean;
  };
}

const mappingsMost = 40;

export const invalidMapping = (message: string): never => refuse("InvalidBlockDeviceMapping", message);

/**
 * `BlockDeviceMapping.N` as what it asks for, by device: undefined where it says that there is none. Virtual devices are
 * left out, as on instance types that have none. Throws InvalidBlockDeviceMapping, InvalidParameterDependency.
 */
export function askedDevices(mappings: readonly BlockDeviceMapping[] = []): Map<string, ImageDevice | undefined> {
  if (mappings.length > mappingsMost) invalidMapping(`At most ${mappingsMost} devices can be mapped.`);
  const devices = new Map<string, ImageDevice | undefined>();
  for (const { DeviceName, VirtualName, NoDevice, Ebs } of mappings) {
    const device = DeviceName ?? invalidMapping("A block device mapping must name its device.");
    checkDeviceName(device);
    if (devices.has(device)) invalidMapping(`The device '${device}' is used in more than one block-device mapping`);
    if (NoDevice !== undefined) devices.set(device, undefined);
    else if (Ebs) devices.set(device, deviceOf(device, Ebs));
    else if (VirtualName === undefined) invalidMapping(`The mapping of '${device}' says nothing of its storage.`);
  }
  return devices;
}

function deviceOf(device: string, ebs: NonNullable<BlockDeviceMapping["Ebs"]>): ImageDevice {
  const { SnapshotId, VolumeSize, VolumeType, Iops, Throughput, Encrypted, KmsKeyId } = ebs;
  if (KmsKeyId !== undefined && Encrypted !== true)
    refuse("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.");
  if (VolumeSize !== undefined && (!Number.isInteger(VolumeSize) || VolumeSize < 1 || VolumeSize > 65_536))
    invalidValue(`Volume of ${VolumeSize}GiB is invalid.`);
  return {
    device,
    ...(SnapshotId !== undefined && SnapshotId !== "" && { snapshotId: SnapshotId }),
    ...(VolumeSize !== undefined && { sizeGiB: VolumeSize }),
    ...(VolumeType !== undefined && { type: VolumeType }),
    ...(Iops !== undefined && { iops: Iops }),
    ...(Throughput !== undefined && { throughput: Throughput }),
    ...(Encrypted !== undefined && { encrypted: Encrypted }),
    ...(KmsKeyId !== undefined && { keyId: KmsKeyId }),
    deleteOnTermination: ebs.DeleteOnTermination ?? true,
  };
}

/** `/dev/sda1`, `xvdb`: what both Linux and Windows images name. */
export function checkDeviceName(device: string): void {
  if (!/^(?:\/dev\/)?(?:sd[a-z]|xvd[a-z]{1,2}|hd[a-z]|nvme[0-9]{1,2}n[0-9])[0-9]{0,2}$/.test(device))
    invalidMapping(`Invalid device name ${device.slice(0, 64)}`);
}

export const shownDevices = (devices: readonly ImageDevice[]): object[] =>
  devices.map((device) => ({
    DeviceName: device.device,
    Ebs: {
      DeleteOnTermination: device.deleteOnTermination,
      ...(device.snapshotId !== undefined && { SnapshotId: device.snapshotId }),
      ...(device.sizeGiB !== undefined && { VolumeSize: device.sizeGiB }),
      VolumeType: device.type ?? "gp2",
      ...(device.iops !== undefined && { Iops: device.iops }),
      ...(device.throughput !== undefined && { Throughput: device.throughput }),
      Encrypted: device.encrypted === true,
    },
  }));

/** `blockDeviceMapping` of a record's requestParameters. */
export const recordedDevices = (mappings: readonly BlockDeviceMapping[] | undefined): object =>
  mappings === undefined
    ? {}
    : {
        blockDeviceMapping: {
          items: mappings.map(({ DeviceName, NoDevice, VirtualName, Ebs }) => ({
            deviceName: DeviceName,
            ...(NoDevice !== undefined && { noDevice: {} }),
            ...(VirtualName !== undefined && { virtualName: VirtualName }),
            ...(Ebs && { ebs: recordedEbs(Ebs) }),
          })),
        },
      };

const recordedEbs = (ebs: NonNullable<BlockDeviceMapping["Ebs"]>): object =>
  Object.fromEntries(Object.entries(ebs).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]));

/** What a snapshot is encrypted with is the snapshot's to say. */
export const refuseEncryption = (device: string): never =>
  invalidMapping(`the encrypted flag cannot be specified since device ${device} has a snapshot specified.`);
