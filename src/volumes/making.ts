import type { Entity } from "../store/entities.ts";
import type { Volume } from "./entities.ts";
import { type Filled, type Filling, fillVolume } from "./filling.ts";
import { leaveLayers } from "./layer-uses.ts";
import { causeOf, volumeEvent } from "./notifications.ts";
import { retireGrant } from "./volume-grants.ts";
import { type Hands, targetOf, type WorkHandler, type Written } from "./work.ts";

/** What a call leaves for a volume's making; target = the volume's row, which is "creating". */
export interface VolumeMaking extends Filling {
  readonly requestId: string;
}

export const layersOf = ({ below, top }: Pick<Volume, "below" | "top">): string[] => [
  ...below.map(({ id }) => id),
  ...(top === undefined ? [] : [top]),
];

const nothing: Written = { changes: [] };

export const createVolumeWork: WorkHandler<VolumeMaking> = {
  run: async (work, hands) => {
    const volume = targetOf<Volume>(work, hands);
    if (!volume) return () => nothing;
    const filled = await fillVolume(volume, work.input, hands);
    return () => {
      const now = targetOf<Volume>(work, hands);
      return now ? madeVolume(now, work.input, filled, "available", hands) : nothing;
    };
  },
  /** The volume vanishes, as if it had not been asked for. */
  fail: (work, hands, error) =>
    Promise.resolve(() => {
      const now = targetOf<Volume>(work, hands);
      if (!now) return nothing;
      const { requestId, top, source } = work.input;
      const failed = { event: "createVolume", result: "failed", cause: causeOf(error), requestId };
      const gone = goneVolume(now, layersOf({ below: source?.below ?? [], top }), hands);
      return { ...gone, events: [volumeEvent(now.content, failed), ...gone.events] };
    }),
};

/** The volume as it is once it is filled; it lets go of the layers that it was not made of after all. */
export function madeVolume(
  volume: Entity<Volume>,
  { requestId, top, source }: VolumeMaking,
  { secret, ...filled }: Filled,
  state: Volume["state"],
  { entities, now }: Pick<Hands, "entities" | "now">,
): Written {
  const made: Volume = { ...volume.content, ...filled, top, state };
  const used: string[] = [];
  const unneeded = (source?.below ?? []).filter(({ id }) => !filled.below.some((layer) => layer.id === id));
  const left = leaveLayers({ entities, used, now: now() }, layersOf({ below: unneeded }), volume.row.id);
  return {
    changes: [entities.put(volume, made, secret === undefined ? {} : { secret }), ...left],
    events: [volumeEvent(made, { event: "createVolume", result: "available", requestId })],
    used,
  };
}

/** Target = the volume's row, which is "deleting". */
export const deleteVolumeWork: WorkHandler<object> = {
  run: async (work, hands) => {
    const volume = targetOf<Volume>(work, hands);
    const { kms } = volume?.content.key ?? {};
    if (volume && kms) await retireGrant(hands, work.region, { keyArn: kms.keyArn, grantId: volume.content.grantId });
    return () => {
      const now = targetOf<Volume>(work, hands);
      return now ? goneVolume(now, layersOf(now.content), hands) : nothing;
    };
  },
  fail: (_work, _hands, error) => Promise.reject(error),
};

/** Without the volume, and without the layers that only it needed. */
export function goneVolume(
  volume: Entity<Volume>,
  layers: readonly string[],
  { entities, now }: Pick<Hands, "entities" | "now">,
): Required<Written> {
  const used: string[] = [];
  const left = leaveLayers({ entities, used, now: now() }, layers, volume.row.id);
  const events = [volumeEvent(volume.content, { event: "deleteVolume", result: "deleted" })];
  const modification = entities.get("volume-modification", volume.row.id);
  const also = modification ? [entities.delete(modification)] : [];
  return { changes: [entities.delete(volume, true), ...also, ...left], events, used };
}
