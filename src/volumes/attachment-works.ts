import type { Change, Entities, Entity } from "../store/entities.ts";
import { closeAttachment, openAttachment, serveVolume, withAttachment, withoutAttachment } from "./attaching.ts";
import { type Attachment, type Instance, instanceRowId, type Volume, type VolumeAttachment } from "./entities.ts";
import { causeOf, volumeEvent } from "./notifications.ts";
import { type Hands, ownWork, putOff, targetOf, type Work, type WorkHandler, workId, type Written } from "./work.ts";

const nothing: Written = { changes: [] };

/** How long until a volume that KMS would not open after a restart is tried again; milliseconds. */
const againMs = 60_000;

interface Standing {
  readonly volume: Entity<Volume>;
  readonly attachment: Attachment;
  readonly running: boolean;
}

/** The target, an attachment's row, as its volume tells of it now; undefined when it is gone. */
function standing(work: Work, hands: Pick<Hands, "entities">): Standing | undefined {
  const row = targetOf<VolumeAttachment>(work, hands);
  const volume = row && hands.entities.get<Volume>("volume", row.content.volume);
  const attachment = volume?.content.attachments.find(({ instanceId }) => instanceId === row?.content.instanceId);
  if (!volume || !attachment) return undefined;
  const instance = hands.entities.get<Instance>("instance", instanceRowId(work.region, attachment.instanceId));
  return { volume, attachment, running: instance?.content.state === "running" };
}

const withState = (work: Work, hands: Hands, change: (before: Attachment) => Attachment): Written => {
  const now = standing(work, hands);
  if (!now) return nothing;
  return { changes: [hands.entities.put(now.volume, withAttachment(now.volume.content, change(now.attachment)))] };
};

/** The attachment is "attaching". */
export const attachVolumeWork: WorkHandler = {
  run: async (work, hands) => {
    const now = standing(work, hands);
    if (!now) return () => nothing;
    const opened: Attachment = now.running
      ? await openAttachment(now.volume, now.attachment, hands)
      : { ...now.attachment, state: "attached" };
    return () => withState(work, hands, () => opened);
  },
  /** As if it had not been asked for; the notification says why. */
  fail: (work, hands, error) =>
    Promise.resolve(() => {
      const now = standing(work, hands);
      if (!now) return nothing;
      const failed = { event: "attachVolume", result: "failed", cause: causeOf(error) };
      return {
        changes: withoutAttachment(hands.entities, now.volume, now.attachment.instanceId),
        events: [volumeEvent(now.volume.content, failed)],
      };
    }),
};

/** The attachment is "detaching". */
export const detachVolumeWork: WorkHandler = {
  run: async (work, hands) => {
    const now = standing(work, hands);
    if (now) await closeAttachment(now.volume, now.attachment, hands);
    return () => {
      const then = standing(work, hands);
      return then ? { changes: withoutAttachment(hands.entities, then.volume, then.attachment.instanceId) } : nothing;
    };
  },
  fail: (_work, _hands, error) => Promise.reject(error),
};

/**
 * After a restart: Decrypt again, through the grant of the attachment. What KMS refuses is told once and tried again
 * from time to time; the volume stays attached meanwhile, and impaired.
 */
export const reattachVolumeWork: WorkHandler = {
  run: async (work, hands) => {
    const now = standing(work, hands);
    if (!now?.running || now.attachment.state !== "attached") return () => nothing;
    await serveVolume(now.volume, now.attachment, hands);
    if (now.attachment.unserved === undefined) return () => nothing;
    return () => withState(work, hands, ({ unserved: _over, ...rest }) => rest);
  },
  fail: (work, hands, error) =>
    Promise.resolve(() => {
      const again = putOff(work, hands, hands.now() + againMs);
      const now = standing(work, hands);
      const cause = causeOf(error);
      if (!now || now.attachment.unserved === cause) return { changes: [again] };
      const failed = { event: "reattachVolume", result: "failed", cause };
      const impaired = withState(work, hands, (before) => ({ ...before, unserved: cause }));
      return { changes: [...impaired.changes, again], events: [volumeEvent(now.volume.content, failed)] };
    }),
};

const pageMost = 1000;

/** At a start: what was attached is to be served again. */
export function reattachments(entities: Entities): Change[] {
  const changes: Change[] = [];
  for (let after = ""; ; ) {
    const rows = entities.listByScope<VolumeAttachment>("volume-attachment", "", { after, limit: pageMost });
    for (const { row, content } of rows) {
      const volume = entities.get<Volume>("volume", content.volume);
      if (!volume) continue;
      const { account, region } = volume.content;
      const target = { kind: row.kind, id: row.id };
      const work = { what: "reattach-volume", target, account, region, input: {} };
      const left = entities.get<Work>("volume-work", workId(work));
      if (left) changes.push(entities.put(left, work, { due: null }));
      else changes.push(ownWork(entities, work));
    }
    after = rows.at(-1)?.row.id ?? "";
    if (rows.length < pageMost) return changes;
  }
}
