import type { Operation } from "../../../operation.ts";
import { attachVolume } from "../operations/attach-volume.ts";
import { createVolume } from "../operations/create-volume.ts";
import { deleteVolume } from "../operations/delete-volume.ts";
import { describeVolumeStatus } from "../operations/describe-volume-status.ts";
import { describeVolumesModifications } from "../operations/describe-volumes-modifications.ts";
import { describeVolumes } from "../operations/describe-volumes.ts";
import { detachVolume } from "../operations/detach-volume.ts";
import { modifyVolume } from "../operations/modify-volume.ts";
import { describeVolumeAttribute, modifyVolumeAttribute } from "../operations/volume-attribute.ts";

export const volumeOperations: readonly Operation[] = [
  attachVolume,
  createVolume,
  deleteVolume,
  describeVolumeAttribute,
  describeVolumeStatus,
  describeVolumes,
  describeVolumesModifications,
  detachVolume,
  modifyVolume,
  modifyVolumeAttribute,
];
