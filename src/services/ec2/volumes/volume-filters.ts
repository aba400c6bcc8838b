import type { Attachment, Volume } from "../../../volumes/entities.ts";
import type { FilterFields } from "../filters.ts";
import { zonesOf } from "../regions.ts";

const date = (ms: number): string => new Date(ms).toISOString();

const ofAttachments =
  (read: (attachment: Attachment) => string) =>
  ({ attachments }: Volume): readonly string[] =>
    attachments.map(read);

/** What DescribeVolumes can be narrowed by (EC2 API reference), apart from tags. */
export const volumeFields: FilterFields<Volume> = {
  "attachment.attach-time": ofAttachments(({ attachedAt }) => date(attachedAt)),
  "attachment.delete-on-termination": ofAttachments((one) => String(one.deleteOnTermination)),
  "attachment.device": ofAttachments(({ device }) => device),
  "attachment.instance-id": ofAttachments(({ instanceId }) => instanceId),
  "attachment.status": ofAttachments(({ state }) => state),
  "availability-zone": ({ zone }) => zone,
  "availability-zone-id": ({ region, zone }) => zonesOf(region).find(({ name }) => name === zone)?.id,
  "create-time": ({ createdAt }) => date(createdAt),
  encrypted: ({ encrypted }) => String(encrypted),
  "fast-restored": () => "false",
  "multi-attach-enabled": ({ multiAttach }) => String(multiAttach ?? false),
  "operator.managed": () => "false",
  size: ({ sizeGiB }) => String(sizeGiB),
  "snapshot-id": ({ snapshotId }) => snapshotId ?? "",
  status: ({ state }) => state,
  "volume-id": ({ volumeId }) => volumeId,
  "volume-type": ({ type }) => type,
};
