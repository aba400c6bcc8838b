import type { ServiceEvent } from "../operation.ts";
import type { Entity } from "../store/entities.ts";
import { closeAttachment, openAttachment, serveVolume, withAttachment } from "./attaching.ts";
import type { Volume } from "./entities.ts";
import { fillVolume } from "./filling.ts";
import { instanceEvent, launchFailure, type LaunchedInstance } from "./instance.ts";
import { closedAttachment, forgetInstance, goneFrom, joined, retireService } from "./instance-endings.ts";
import { volumesOf } from "./instance-volumes.ts";
import { madeVolume, type VolumeMaking } from "./making.ts";
import { causeOf, volumeEvent } from "./notifications.ts";
import { type Hands, targetOf, type Work, type WorkHandler, type Written } from "./work.ts";

/** What RunInstances leaves to be done for an instance: how its volumes are to be filled, by their ids. */
export interface Launch {
  readonly fillings: Readonly<Record<string, VolumeMaking>>;
}

const nothing: Written = { changes: [] };

/** The volumes first, one after the other, then the instance: target = its row, which is "pending". */
export const launchInstanceWork: WorkHandler<Launch> = {
  run: async (work, hands) => {
    const instance = targetOf<LaunchedInstance>(work, hands);
    if (instance?.content.state !== "pending") return () => nothing;
    for (const { volume } of volumesOf(instance.content, hands.entities)) {
      const making = work.input.fillings[volume.content.volumeId];
      if (volume.content.state === "creating" && making) await makeVolume(volume, making, hands);
    }
    await openAll(instance.content, hands);
    return () => running(work, hands);
  },
  /** Nothing of it stays but the instance's last words; the notification says why. */
  fail: async (work, hands, error) => {
    const instance = targetOf<LaunchedInstance>(work, hands);
    if (!instance) return () => nothing;
    for (const attached of volumesOf(instance.content, hands.entities)) {
      await closeAttachment(attached.volume, attached.attachment, hands);
      await retireService(attached.volume, hands);
    }
    return () => {
      const now = targetOf<LaunchedInstance>(work, hands);
      if (!now) return nothing;
      const failed: LaunchedInstance = { ...now.content, state: "terminated", stateReason: launchFailure };
      const gone = volumesOf(now.content, hands.entities).map(({ volume }) =>
        goneFrom(now.content, volume, work.input.fillings[volume.content.volumeId], hands),
      );
      return joined(
        { changes: [hands.entities.put(now, failed), forgetInstance(now, hands)], events: [instanceEvent(failed)] },
        { changes: [], events: failedVolume(now.content, error, hands) },
        ...gone,
      );
    };
  },
};

/** Target = the instance's row, which is "pending" after it was stopped. */
export const startInstanceWork: WorkHandler<object> = {
  run: async (work, hands) => {
    const instance = targetOf<LaunchedInstance>(work, hands);
    if (instance?.content.state !== "pending") return () => nothing;
    await openAll(instance.content, hands);
    return () => running(work, hands);
  },
  /** It stays stopped. */
  fail: async (work, hands) => {
    const instance = targetOf<LaunchedInstance>(work, hands);
    if (!instance) return () => nothing;
    const opened = volumesOf(instance.content, hands.entities);
    for (const { volume, attachment } of opened) await closeAttachment(volume, attachment, hands);
    return () => {
      const now = targetOf<LaunchedInstance>(work, hands);
      if (!now) return nothing;
      const failed: LaunchedInstance = { ...now.content, state: "stopped", stateReason: launchFailure };
      const closed = volumesOf(now.content, hands.entities).map((attached) => closedAttachment(attached, hands));
      return { changes: [hands.entities.put(now, failed), ...closed], events: [instanceEvent(failed)] };
    };
  },
};

/** The volume at which a launch came to its end. */
function failedVolume(instance: LaunchedInstance, error: unknown, { entities }: Hands): ServiceEvent[] {
  const stuck = volumesOf(instance, entities).find(({ attachment }) => attachment.state !== "attached");
  if (!stuck) return [];
  const event = stuck.volume.content.state === "creating" ? "createVolume" : "attachVolume";
  return [volumeEvent(stuck.volume.content, { event, result: "failed", cause: causeOf(error) })];
}

async function makeVolume(volume: Entity<Volume>, making: VolumeMaking, hands: Hands): Promise<void> {
  const filled = await fillVolume(volume, making, hands);
  await hands.step(() => {
    const now = hands.entities.get<Volume>("volume", volume.row.id);
    return now ? madeVolume(now, making, filled, "in-use", hands) : nothing;
  });
}

/** What is open already was opened before a restart: it is served again through the grant that it has. */
async function openAll(instance: LaunchedInstance, hands: Hands): Promise<void> {
  for (const { volume, attachment } of volumesOf(instance, hands.entities)) {
    if (attachment.grantId !== undefined) {
      await serveVolume(volume, attachment, hands);
      continue;
    }
    const opened = await openAttachment(volume, attachment, hands);
    await hands.step(() => {
      const now = hands.entities.get<Volume>("volume", volume.row.id);
      return now ? { changes: [hands.entities.put(now, withAttachment(now.content, opened))] } : nothing;
    });
  }
}

function running(work: Work, hands: Hands): Written {
  const now = targetOf<LaunchedInstance>(work, hands);
  if (now?.content.state !== "pending") return nothing;
  const { stateReason: _before, ...rest } = now.content;
  const started: LaunchedInstance = { ...rest, state: "running" };
  return { changes: [hands.entities.put(now, started)], events: [instanceEvent(started)] };
}
