import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import type { ImageDevice } from "../../../volumes/image.ts";
import type { FoundResource } from "../find-resource.ts";
import { findSnapshot } from "../snapshots/visible.ts";
import { invalidMapping, refuseEncryption } from "./block-devices.ts";

/** The snapshots that devices name, the caller's own or shared with its account. Throws Malformed. */
export function snapshotsToRegister(devices: readonly ImageDevice[], call: Call): FoundResource<Snapshot>[] {
  const ids = new Set(devices.map(({ snapshotId }) => snapshotId).filter((id) => id !== undefined));
  return [...ids].map((id) => findSnapshot(id, call));
}

/** Devices of a new image, each with the size and encryption of its snapshot. Throws InvalidBlockDeviceMapping. */
export const registeredDevices = (
  devices: readonly ImageDevice[],
  snapshots: ReadonlyMap<string, Snapshot>,
): ImageDevice[] =>
  devices.map((device) => {
    const snapshot = device.snapshotId === undefined ? undefined : snapshots.get(device.snapshotId);
    if (!snapshot) {
      if (device.sizeGiB === undefined) invalidMapping(`The device '${device.device}' needs a size or a snapshot.`);
      return device;
    }
    if (device.encrypted !== undefined) refuseEncryption(device.device);
    if (snapshot.state !== "completed")
      refuse("IncorrectState", `The snapshot '${snapshot.snapshotId}' is not in the state 'completed'.`);
    return { ...device, sizeGiB: sizeFrom(device, snapshot), encrypted: snapshot.encrypted };
  });

/** A device's size: its snapshot's, if nothing larger is asked for. Throws InvalidBlockDeviceMapping. */
export function sizeFrom({ sizeGiB }: ImageDevice, snapshot: Pick<Snapshot, "snapshotId" | "sizeGiB">): number {
  if (sizeGiB !== undefined && sizeGiB < snapshot.sizeGiB)
    invalidMapping(
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${snapshot.snapshotId}', expect size >= ${snapshot.sizeGiB}GB`,
    );
  return sizeGiB ?? snapshot.sizeGiB;
}
