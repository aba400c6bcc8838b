import type { Call } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import type { Image, ImageDevice } from "../../../volumes/image.ts";
import { sharedWith } from "../../../volumes/sharing.ts";
import { type BlockDeviceMapping, askedDevices, invalidMapping } from "../images/block-devices.ts";
import { sizeFrom } from "../images/registered-devices.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { snapshotKind } from "../resource-kinds.ts";
import { findSnapshot } from "../snapshots/visible.ts";
import { checkedShape, type VolumeShape } from "../volumes/volume-types.ts";
import { keyOf } from "../volumes/new-volume.ts";

/** A volume that an instance is launched with. */
export interface LaunchDevice {
  readonly device: string;
  readonly shape: VolumeShape;
  readonly snapshot: FoundResource<Snapshot> | undefined;
  /** Undefined: not encrypted. */
  readonly keyId: string | undefined;
  readonly deleteOnTermination: boolean;
}

/**
 * The image's devices, with what the request says of them instead, and what it adds. Throws what is wrong with a
 * mapping, a size or a type, and InvalidSnapshot.NotFound.
 */
export function launchDevices(
  image: Image,
  mappings: readonly BlockDeviceMapping[] | undefined,
  call: Call,
): LaunchDevice[] {
  const asked = askedDevices(mappings);
  const devices = new Map(image.devices.map((device) => [device.device, device]));
  for (const [name, wanted] of asked) {
    if (wanted === undefined && name === image.rootDevice)
      invalidMapping(`The root device '${name}' cannot be left out.`);
    if (wanted === undefined) devices.delete(name);
    else devices.set(name, merged(devices.get(name), wanted, mappings));
  }
  return [...devices.values()].map((device) => launchDevice(device, image, call));
}

/** What is not said stays as the image has it. */
function merged(
  before: ImageDevice | undefined,
  wanted: ImageDevice,
  mappings: readonly BlockDeviceMapping[] | undefined,
): ImageDevice {
  if (!before) return wanted;
  if (wanted.snapshotId !== undefined && before.snapshotId !== undefined && wanted.snapshotId !== before.snapshotId)
    invalidMapping(`snapshotId cannot be modified on root device`);
  const said = mappings?.find(({ DeviceName }) => DeviceName === wanted.device)?.Ebs?.DeleteOnTermination;
  return { ...before, ...wanted, deleteOnTermination: said ?? before.deleteOnTermination };
}

function launchDevice(device: ImageDevice, image: Image, call: Call): LaunchDevice {
  const snapshot = device.snapshotId === undefined ? undefined : deviceSnapshot(device.snapshotId, image, call);
  const source = snapshot && present(snapshot).content;
  const sizeGiB = source ? sizeFrom(device, source) : device.sizeGiB;
  if (sizeGiB === undefined) return invalidMapping(`The device '${device.device}' needs a size or a snapshot.`);
  const { iops, throughput } = device;
  return {
    device: device.device,
    shape: checkedShape({ type: device.type ?? "gp2", sizeGiB, iops, throughput }),
    snapshot,
    keyId: keyOf({ encrypted: device.encrypted, keyId: device.keyId }, source, call),
    deleteOnTermination: device.deleteOnTermination,
  };
}

/** Whoever may launch an image need not be shown its snapshots (flows.md, section 1.3); the image's owner still has to. */
const deviceSnapshot = (id: string, image: Image, call: Call): FoundResource<Snapshot> =>
  image.devices.some(({ snapshotId }) => snapshotId === id)
    ? findResource<Snapshot>(snapshotKind, id, call, (snapshot) => sharedWith(image.account, snapshot, call))
    : findSnapshot(id, call);

/** The snapshots that a request names itself. */
export const namedSnapshots = (
  mappings: readonly BlockDeviceMapping[] | undefined,
  call: Call,
): FoundResource<Snapshot>[] => {
  const ids = new Set((mappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []));
  return [...ids].map((id) => findSnapshot(id, call));
};
