import type { Disks } from "../disks/disks.ts";
import type { Entities } from "../store/entities.ts";
import type { Volume, VolumeAttachment } from "./entities.ts";

/** An attached volume as its operator sees it. */
export interface AttachedVolume {
  readonly account: string;
  readonly region: string;
  readonly volumeId: string;
  readonly instanceId: string;
  readonly device: string;
  readonly sizeGiB: number;
  /** ARN of the KMS key; absent: AWS calls it unencrypted. */
  readonly key?: string;
  readonly state: string;
  /** Absent while it is not served. */
  readonly uri?: string;
  readonly socket?: string;
  readonly psk?: { readonly name: string; readonly key: string };
  /** Why it is not. */
  readonly unserved?: string;
}

const pageMost = 1000;

/** Everything that is attached, in every account and Region. */
export function attachedVolumes(entities: Entities, disks: Disks): AttachedVolume[] {
  const found: AttachedVolume[] = [];
  for (let after = ""; ; ) {
    const rows = entities.listByScope<VolumeAttachment>("volume-attachment", "", { after, limit: pageMost });
    for (const { content } of rows) {
      const volume = entities.get<Volume>("volume", content.volume)?.content;
      const attachment = volume?.attachments.find(({ instanceId }) => instanceId === content.instanceId);
      if (!volume || !attachment) continue;
      const { account, region, volumeId, sizeGiB, key } = volume;
      const { instanceId, device, state, unserved } = attachment;
      found.push({
        account,
        region,
        volumeId,
        instanceId,
        device,
        sizeGiB,
        state,
        ...(key.kms && { key: key.kms.keyArn }),
        ...disks.doorOf(volumeId, instanceId),
        ...(unserved !== undefined && { unserved }),
      });
    }
    after = rows.at(-1)?.row.id ?? "";
    if (rows.length < pageMost) return found;
  }
}
