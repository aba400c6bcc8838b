import type { Attachment, Volume } from "../../../volumes/entities.ts";
import { volumeArn } from "../../../volumes/notifications.ts";
import { zonesOf } from "../regions.ts";

/** A volume as EC2 shows it. */
export function volumeView(volume: Volume): object {
  const { volumeId, zone, region, type, sizeGiB, iops, throughput, key, encrypted, tags } = volume;
  return {
    VolumeId: volumeId,
    VolumeArn: volumeArn(volume),
    OwnerId: volume.account,
    AvailabilityZone: zone,
    AvailabilityZoneId: zonesOf(region).find(({ name }) => name === zone)?.id,
    Attachments: volume.attachments.map((attachment) => attachmentView(volumeId, attachment)),
    CreateTime: volume.createdAt,
    Encrypted: encrypted,
    ...(key.kms && { KmsKeyId: key.kms.keyArn }),
    Size: sizeGiB,
    SnapshotId: volume.snapshotId ?? "",
    State: volume.state,
    VolumeType: type,
    MultiAttachEnabled: volume.multiAttach ?? false,
    ...(iops !== undefined && { Iops: iops }),
    ...(throughput !== undefined && { Throughput: throughput }),
    ...(tags.length > 0 && { Tags: tags }),
    SseType: encrypted ? "sse-kms" : "none",
  };
}

export const attachmentView = (volumeId: string, attachment: Attachment): object => ({
  VolumeId: volumeId,
  InstanceId: attachment.instanceId,
  Device: attachment.device,
  State: attachment.state,
  AttachTime: attachment.attachedAt,
  DeleteOnTermination: attachment.deleteOnTermination,
});
