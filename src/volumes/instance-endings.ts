import type { Change, Entity } from "../store/entities.ts";
import { attachmentRowId, withAttachment } from "./attaching.ts";
import type { Volume } from "./entities.ts";
import type { Filling } from "./filling.ts";
import { type LaunchedInstance } from "./instance.ts";
import { type Attached } from "./instance-volumes.ts";
import { goneVolume, layersOf } from "./making.ts";
import { retireGrant } from "./volume-grants.ts";
import { type Hands, ownWork, type Written } from "./work.ts";

/** The volume as it is when nothing serves it: still the instance's. */
export function closedAttachment({ volume, attachment }: Attached, hands: Pick<Hands, "entities">): Change {
  const { grantId: _retired, unserved: _over, ...rest } = attachment;
  return hands.entities.put(volume, withAttachment(volume.content, { ...rest, state: "attached" }));
}

/** Without the volume, its attachment and the layers that only it needed; `filling`: while it is not filled. */
export function goneFrom(
  instance: LaunchedInstance,
  volume: Entity<Volume>,
  filling: Filling | undefined,
  hands: Pick<Hands, "entities" | "now">,
): Written {
  const { content } = volume;
  const unfilled = content.state === "creating" && filling;
  const layers = unfilled ? layersOf({ below: filling.source?.below ?? [], top: filling.top }) : layersOf(content);
  const row = hands.entities.get("volume-attachment", attachmentRowId(content, instance.instanceId));
  return joined(goneVolume(volume, layers, hands), { changes: row ? [hands.entities.delete(row)] : [] });
}

/** The service's own grant on the key of a volume that goes. */
export async function retireService({ content }: Entity<Volume>, hands: Hands): Promise<void> {
  const { key, region, grantId } = content;
  if (key.kms) await retireGrant(hands, region, { keyArn: key.kms.keyArn, grantId });
}

/** Everything that is to be written together. */
export const joined = (...parts: readonly Written[]): Written => ({
  changes: parts.flatMap(({ changes }) => changes),
  events: parts.flatMap(({ events = [] }) => events),
  used: parts.flatMap(({ used = [] }) => used),
});

/** How long a terminated instance is still told of, as on AWS; milliseconds. */
const rememberedMs = 3_600_000;

/** A terminated instance is forgotten at its time. */
export function forgetInstance(
  { row, content }: Entity<LaunchedInstance>,
  { entities, now }: Pick<Hands, "entities" | "now">,
): Change {
  const { account, region } = content;
  const target = { kind: row.kind, id: row.id };
  return ownWork(entities, { what: "forget-instance", target, account, region, input: {} }, now() + rememberedMs);
}
