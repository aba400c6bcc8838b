import type { VolumeModification } from "../../../volumes/modification.ts";
import type { FilterFields } from "../filters.ts";

/** A modification as EC2 shows it. */
export function modificationView(modification: VolumeModification): object {
  const { volumeId, state, progress, startedAt, endedAt, original, target } = modification;
  return {
    VolumeId: volumeId,
    ModificationState: state,
    OriginalSize: original.sizeGiB,
    OriginalVolumeType: original.type,
    OriginalMultiAttachEnabled: original.multiAttach,
    ...(original.iops !== undefined && { OriginalIops: original.iops }),
    ...(original.throughput !== undefined && { OriginalThroughput: original.throughput }),
    TargetSize: target.sizeGiB,
    TargetVolumeType: target.type,
    TargetMultiAttachEnabled: target.multiAttach,
    ...(target.iops !== undefined && { TargetIops: target.iops }),
    ...(target.throughput !== undefined && { TargetThroughput: target.throughput }),
    Progress: progress,
    StartTime: startedAt,
    ...(endedAt !== undefined && { EndTime: endedAt }),
  };
}

const number = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value));

/** Modifications have no tags; filters of tags find nothing. */
export type FilteredModification = VolumeModification & { readonly tags: readonly [] };

export const modificationFields: FilterFields<FilteredModification> = {
  "modification-state": ({ state }) => state,
  "original-iops": ({ original }) => number(original.iops),
  "original-size": ({ original }) => number(original.sizeGiB),
  "original-volume-type": ({ original }) => original.type,
  originalMultiAttachEnabled: ({ original }) => String(original.multiAttach),
  "start-time": ({ startedAt }) => new Date(startedAt).toISOString(),
  "target-iops": ({ target }) => number(target.iops),
  "target-size": ({ target }) => number(target.sizeGiB),
  "target-volume-type": ({ target }) => target.type,
  targetMultiAttachEnabled: ({ target }) => String(target.multiAttach),
  "volume-id": ({ volumeId }) => volumeId,
};
