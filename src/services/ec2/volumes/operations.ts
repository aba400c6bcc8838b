import type { Operation } from "../../../operation.ts";
import { attachVolume } from "../operations/attach-volume.ts";
import { createVolume } from "../operations/create-volume.ts";
import { deleteVolume } from "../operations/delete-volume.ts";
import { describeVolumes } from "../operations/describe-volumes.ts";
import { detachVolume } from "../operations/detach-volume.ts";

export const volumeOperations: readonly Operation[] = [
  attachVolume,
  createVolume,
  deleteVolume,
  describeVolumes,
  detachVolume,
];
