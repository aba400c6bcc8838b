import type { Change, Entities, Entity } from "../store/entities.ts";
import { decryptedKey, openedInternally } from "./data-key.ts";
import { type Attachment, instanceRowId, planOf, type Volume, type VolumeAttachment, volumeRowId } from "./entities.ts";
import { forwarders } from "./kms-voice.ts";
import { keepTagKey } from "./tag-key.ts";
import { grantToInstance, retireGrant } from "./volume-grants.ts";
import type { Hands } from "./work.ts";

/** Whom a served volume is for, and its file. */
export const doorOf = ({ volumeId, multiAttach }: Volume, instanceId: string): string =>
  multiAttach ? `${volumeId}.${instanceId}` : volumeId;

/**
 * What attaching to a running instance is: the caller's grant to what runs the instance, its Decrypt through that
 * grant, and the device served to it. Answers the attachment as it is then. Rejects with AwsError for what KMS refuses,
 * and leaves no grant behind.
 */
export async function openAttachment(
  volume: Entity<Volume>,
  attachment: Attachment,
  hands: Hands,
): Promise<Attachment> {
  const { key, region, account } = volume.content;
  if (!key.kms) {
    await serveVolume(volume, attachment, hands);
    return { ...attachment, state: "attached" };
  }
  const { instanceId, attachedAt } = attachment;
  const { keyArn, contextId } = key.kms;
  const name = `${volume.content.volumeId}:${instanceId}:${attachedAt}`;
  const caller = hands.asCaller(forwarders.frontend(), region);
  const grantId = await grantToInstance(caller, { account, instanceId }, { keyArn, contextId, region, name });
  try {
    await serveVolume(volume, attachment, hands);
  } catch (error) {
    await retireGrant(hands, region, { keyArn, grantId });
    throw error;
  }
  return { ...attachment, state: "attached", grantId };
}

/** Serves the volume to the instance; the plain data key is here no longer than that takes. */
export async function serveVolume(
  volume: Entity<Volume>,
  { instanceId }: Attachment,
  hands: Pick<Hands, "asInfrastructure" | "disks" | "seal" | "decision" | "entities" | "step">,
): Promise<void> {
  const { volumeId, key, region, account } = volume.content;
  const bytes = key.kms
    ? await decryptedKey(hands.asInfrastructure(account, instanceId, region), key)
    : openedInternally(hands.seal, hands.decision, volume);
  try {
    if (key.kms) await keepTagKey(volume.row.id, bytes, hands);
    // As it stands at this moment: a snapshot may have given it another layer to write since.
    const { content } = hands.entities.get<Volume>("volume", volume.row.id) ?? volume;
    await hands.disks.serve(volumeId, instanceId, doorOf(content, instanceId), planOf(content), bytes);
  } finally {
    bytes.fill(0);
  }
}

/** Ends what `openAttachment` began: nothing is served any more, what was written is on disk, the grant is retired. */
export async function closeAttachment(
  { content }: Entity<Volume>,
  { instanceId, grantId }: Attachment,
  hands: Hands,
): Promise<void> {
  const { volumeId, key, region } = content;
  await hands.disks.unserve(volumeId, instanceId);
  if (key.kms) await retireGrant(hands, region, { keyArn: key.kms.keyArn, grantId });
}

/** Of the row that goes with an attachment. */
export const attachmentRowId = ({ region, volumeId }: Volume, instanceId: string): string =>
  `${instanceRowId(region, instanceId)}/${volumeId}`;

export function addAttachment(entities: Entities, volume: Volume, { instanceId, device }: Attachment): Change {
  const content: VolumeAttachment = { volume: volumeRowId(volume.region, volume.volumeId), instanceId, device };
  const parent = instanceRowId(volume.region, instanceId);
  return entities.create("volume-attachment", attachmentRowId(volume, instanceId), content, { scope: "", parent });
}

/** Without the attachment, in the volume's row and in its own. */
export function withoutAttachment(entities: Entities, volume: Entity<Volume>, instanceId: string): Change[] {
  const { content } = volume;
  const attachments = content.attachments.filter((one) => one.instanceId !== instanceId);
  const state = attachments.length === 0 ? ("available" as const) : content.state;
  const row = entities.get("volume-attachment", attachmentRowId(content, instanceId));
  return [entities.put(volume, { ...content, attachments, state }), ...(row ? [entities.delete(row)] : [])];
}

/** The volume with one of its attachments changed. */
export const withAttachment = (volume: Volume, attachment: Attachment): Volume => ({
  ...volume,
  attachments: volume.attachments.map((one) => (one.instanceId === attachment.instanceId ? attachment : one)),
});
