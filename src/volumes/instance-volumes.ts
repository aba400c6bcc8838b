import type { Entities, Entity } from "../store/entities.ts";
import { type Attachment, instanceRowId, type Volume, type VolumeAttachment } from "./entities.ts";

/** A volume and how it is attached to one instance. */
export interface Attached {
  readonly volume: Entity<Volume>;
  readonly attachment: Attachment;
}

const volumesMost = 100;

/** The volumes of an instance in the order in which they are named. */
export function volumesOf(
  instance: { readonly region: string; readonly instanceId: string },
  entities: Entities,
): Attached[] {
  const parent = instanceRowId(instance.region, instance.instanceId);
  const rows = entities.listByParent<VolumeAttachment>("volume-attachment", parent, { after: "", limit: volumesMost });
  const found = rows.flatMap(({ content }) => {
    const volume = entities.get<Volume>("volume", content.volume);
    const attachment = volume?.content.attachments.find(({ instanceId }) => instanceId === instance.instanceId);
    return volume && attachment ? [{ volume, attachment }] : [];
  });
  return found.toSorted((a, b) => (a.attachment.device < b.attachment.device ? -1 : 1));
}
