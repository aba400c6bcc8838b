import type { Snapshot } from "../../../volumes/entities.ts";

export const notUpdated = "Metadata not updated";

/** A snapshot as DescribeSnapshots tells it; its tags are its owner's to see. */
export function shownSnapshot(snapshot: Snapshot, account: string): object {
  const { durationMinutes, completedAt, fullBytes } = snapshot;
  return {
    ...startedSnapshot(snapshot),
    Tags: snapshot.account === account ? snapshot.tags : [],
    StorageTier: "standard",
    ...(snapshot.key.kms && readable(snapshot) && { DataEncryptionKeyId: snapshot.key.lineage }),
    ...(snapshot.copied && { TransferType: durationMinutes === undefined ? "standard" : "time-based" }),
    ...(durationMinutes !== undefined && { CompletionDurationMinutes: durationMinutes }),
    ...(completedAt !== undefined && { CompletionTime: completedAt }),
    ...(fullBytes !== undefined && { FullSnapshotSizeInBytes: fullBytes }),
  };
}

/** What CreateSnapshot answers; a copy whose metadata has not come yet reads as nothing in particular. */
export function startedSnapshot(snapshot: Snapshot): object {
  const { state, stateMessage, key, keyArn } = snapshot;
  const known = readable(snapshot);
  const message = stateMessage ?? (known ? undefined : notUpdated);
  const shownKey = key.kms?.keyArn ?? keyArn;
  return {
    SnapshotId: snapshot.snapshotId,
    VolumeId: snapshot.volumeId,
    State: state,
    ...(message !== undefined && { StateMessage: message }),
    StartTime: snapshot.createdAt,
    Progress: `${snapshot.progress}%`,
    OwnerId: snapshot.account,
    Description: snapshot.description,
    VolumeSize: known ? snapshot.sizeGiB : 0,
    Encrypted: known && snapshot.encrypted,
    ...(known && shownKey !== undefined && { KmsKeyId: shownKey }),
  };
}

/** A copy that is under way tells nothing of itself before its first part is there. */
export const readable = ({ copied, state, progress }: Snapshot): boolean =>
  !copied || state !== "pending" || progress > 0;
