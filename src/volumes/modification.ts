import type { Entity } from "../store/entities.ts";
import { bytesOf, type Volume } from "./entities.ts";
import { volumeEvent } from "./notifications.ts";
import { type Hands, targetOf, type WorkHandler, type Written } from "./work.ts";

/** What a modification may change. */
export interface VolumeMeasures {
  sizeGiB: number;
  type: string;
  iops?: number | undefined;
  throughput?: number | undefined;
  multiAttach: boolean;
}

/** kind "volume-modification", id = the volume's row id, scope = `account/region`: the latest one of a volume. */
export interface VolumeModification {
  account: string;
  region: string;
  volumeId: string;
  state: "modifying" | "optimizing" | "completed" | "failed";
  /** 0 to 100. */
  progress: number;
  startedAt: number;
  endedAt?: number;
  original: VolumeMeasures;
  target: VolumeMeasures;
}

export const measuresOf = ({ sizeGiB, type, iops, throughput, multiAttach }: Volume): VolumeMeasures => ({
  sizeGiB,
  type,
  iops,
  throughput,
  multiAttach: multiAttach ?? false,
});

function measured(volume: Volume, { sizeGiB, type, iops, throughput, multiAttach }: VolumeMeasures): Volume {
  const { iops: _iops, throughput: _throughput, multiAttach: _multiAttach, ...rest } = volume;
  return {
    ...rest,
    sizeGiB,
    type,
    ...(iops !== undefined && { iops }),
    ...(throughput !== undefined && { throughput }),
    ...(multiAttach && { multiAttach: true as const }),
  };
}

const told = (volume: Volume, result: string) => volumeEvent(volume, { event: "modifyVolume", result });

/** Target = the volume's row, of which there is a modification that is "modifying". */
export const modifyVolumeWork: WorkHandler = {
  run: async (work, hands) => {
    const wanted = modificationOf(work.target.id, hands)?.content.target;
    const volume = targetOf<Volume>(work, hands);
    if (!wanted || !volume) return () => ({ changes: [] });
    // What is served ends later from now on; after a restart the row says so.
    const grown = { name: volume.content.volumeId, bytes: bytesOf(wanted.sizeGiB) };
    await hands.disks.order(volume.content.volumeId, "grow", grown);
    await hands.step(() => {
      const now = targetOf<Volume>(work, hands);
      if (!now) return { changes: [] };
      const modified = measured(now.content, wanted);
      const { changes } = moved(work.target.id, hands, { state: "optimizing", progress: 50 });
      return { changes: [hands.entities.put(now, modified), ...changes], events: [told(modified, "optimizing")] };
    });
    return () => {
      const { changes } = moved(work.target.id, hands, { state: "completed", progress: 100, endedAt: hands.now() });
      const now = targetOf<Volume>(work, hands);
      return { changes, ...(now && { events: [told(now.content, "completed")] }) };
    };
  },
  fail: (work, hands) => Promise.resolve(() => moved(work.target.id, hands, { state: "failed", endedAt: hands.now() })),
};

const modificationOf = (id: string, { entities }: Hands): Entity<VolumeModification> | undefined =>
  entities.get<VolumeModification>("volume-modification", id);

function moved(id: string, hands: Hands, change: Partial<VolumeModification>): Written {
  const row = modificationOf(id, hands);
  return { changes: row ? [hands.entities.put(row, { ...row.content, ...change })] : [] };
}
