import type { Entities, Entity } from "../store/entities.ts";
import { closeAttachment, withoutAttachment } from "./attaching.ts";
import { instanceEvent, type LaunchedInstance, type StateReason } from "./instance.ts";
import { type Attached, volumesOf } from "./instance-volumes.ts";
import { closedAttachment, forgetInstance, goneFrom, joined, retireService } from "./instance-endings.ts";
import {
  type Ending,
  type Hands,
  ownWork,
  putOff,
  targetOf,
  type Work,
  type WorkHandler,
  workId,
  type Written,
} from "./work.ts";

const nothing: Written = { changes: [] };

/** How soon what others are still at is looked at again; milliseconds. */
const soonMs = 50;

/** Target = the instance's row, which is "stopping". */
export const stopInstanceWork: WorkHandler<object> = {
  run: async (work, hands) => {
    const instance = targetOf<LaunchedInstance>(work, hands);
    if (instance?.content.state !== "stopping") return () => nothing;
    if (isBusy(instance, hands)) return later(work, hands);
    await hands.endGuest(instance.row.id);
    for (const { volume, attachment } of volumesOf(instance.content, hands.entities))
      await closeAttachment(volume, attachment, hands);
    return () => {
      const now = targetOf<LaunchedInstance>(work, hands);
      if (now?.content.state !== "stopping") return nothing;
      const stopped: LaunchedInstance = { ...now.content, state: "stopped" };
      const closed = volumesOf(stopped, hands.entities).map((attached) => closedAttachment(attached, hands));
      return { changes: [hands.entities.put(now, stopped), ...closed], events: [instanceEvent(stopped)] };
    };
  },
  fail: (_work, _hands, error) => Promise.reject(error),
};

/** Target = the instance's row, which is "shutting-down". */
export const terminateInstanceWork: WorkHandler<object> = {
  run: async (work, hands) => {
    const instance = targetOf<LaunchedInstance>(work, hands);
    if (instance?.content.state !== "shutting-down") return () => nothing;
    if (isBusy(instance, hands)) return later(work, hands);
    await hands.endGuest(instance.row.id);
    for (const { volume, attachment } of volumesOf(instance.content, hands.entities)) {
      await closeAttachment(volume, attachment, hands);
      if (attachment.deleteOnTermination) await retireService(volume, hands);
    }
    return () => {
      const now = targetOf<LaunchedInstance>(work, hands);
      if (now?.content.state !== "shutting-down") return nothing;
      const terminated: LaunchedInstance = { ...now.content, state: "terminated" };
      const left = volumesOf(terminated, hands.entities).map((attached) => leftBehind(terminated, attached, hands));
      const own = { changes: [hands.entities.put(now, terminated), forgetInstance(now, hands)] };
      return joined({ ...own, events: [instanceEvent(terminated)] }, ...left);
    };
  },
  fail: (_work, _hands, error) => Promise.reject(error),
};

const byItself: StateReason = {
  code: "Client.InstanceInitiatedShutdown",
  message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
};

/** The guest of an instance (row id) has turned itself off: what its InstanceInitiatedShutdownBehavior says follows. */
export function shutDownByGuest(id: string, entities: Entities): Written {
  const now = entities.get<LaunchedInstance>("instance", id);
  if (now?.content.state !== "running") return nothing;
  const { account, region, shutdownBehavior } = now.content;
  const [state, what] =
    shutdownBehavior === "stop"
      ? (["stopping", "stop-instance"] as const)
      : (["shutting-down", "terminate-instance"] as const);
  const ending: LaunchedInstance = { ...now.content, state, stateReason: byItself, transitionReason: "" };
  const work = ownWork(entities, { what, target: { kind: "instance", id }, account, region, input: {} });
  return { changes: [entities.put(now, ending), work], events: [instanceEvent(ending)] };
}

function leftBehind(instance: LaunchedInstance, { volume, attachment }: Attached, hands: Hands): Written {
  if (attachment.deleteOnTermination) return goneFrom(instance, volume, undefined, hands);
  return { changes: withoutAttachment(hands.entities, volume, instance.instanceId) };
}

/** A launch, a start, or a volume on its way to the instance or from it: that is finished first. */
function isBusy({ row, content }: Entity<LaunchedInstance>, { entities }: Hands): boolean {
  const target = { kind: row.kind, id: row.id };
  const launching = ["launch-instance", "start-instance"].some((what) =>
    entities.get("volume-work", workId({ what, target })),
  );
  return launching || volumesOf(content, entities).some(({ attachment }) => attachment.state !== "attached");
}

const later =
  (work: Work, hands: Hands): Ending =>
  () => ({ changes: [putOff(work, hands, hands.now() + soonMs)] });

export const forgetInstanceWork: WorkHandler<object> = {
  run: (work, hands) =>
    Promise.resolve(() => {
      const now = targetOf<LaunchedInstance>(work, hands);
      return { changes: now ? [hands.entities.delete(now)] : [] };
    }),
  fail: (_work, _hands, error) => Promise.reject(error),
};
