import { hash } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { Call } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { regionScope, type Snapshot, snapshotRowId, type Volume } from "../../../volumes/entities.ts";
import { newId } from "../../../volumes/ids.ts";
import { useLayers } from "../../../volumes/layer-uses.ts";
import { secretFor } from "../../../volumes/tag-key.ts";
import { workFor } from "../../../volumes/work.ts";
import type { Freezing } from "./freeze-work.ts";

export interface SnapshotWish {
  readonly volume: Entity<Volume>;
  readonly description: string;
  readonly tags: readonly Tag[];
}

/** So many snapshots of one volume within so many milliseconds; with real quotas, one in a quarter of a minute. */
const rate = { most: 5, quotaMost: 1, ms: 15_000 };

/**
 * Snapshots of volumes at one moment, and the work that completes them. What is written from now on goes into a new
 * layer of each volume; the layers below are shared. No call to KMS is made. Throws IncorrectState,
 * SnapshotCreationPerVolumeRateExceeded.
 */
export async function newSnapshots(
  wishes: readonly SnapshotWish[],
  event: Freezing["event"],
  call: Call,
  decision: Decision,
): Promise<{ snapshots: Snapshot[]; changes: Change[] }> {
  for (const { volume } of wishes) checkVolume(volume.content, call);
  const tops = wishes.map(({ volume }) => ({ volumeId: volume.content.volumeId, top: topFor(volume.content, call) }));
  for (const { top } of tops) await call.disks.order(top, "create", { id: top });
  const made = wishes.map((wish, index) =>
    newSnapshot(wish, tops[index]!.top, { event, rolls: tops, volume: wish.volume.row.id }, call, decision),
  );
  return { snapshots: made.map(({ snapshot }) => snapshot), changes: made.flatMap(({ changes }) => changes) };
}

/** The same for one call however often it is decided, so that no file is left over. */
const topFor = ({ volumeId }: Volume, { requestId }: Call): string =>
  hash("sha256", `layer\n${requestId}\n${volumeId}`).slice(0, 32);

function newSnapshot(
  { volume, description, tags }: SnapshotWish,
  top: string,
  freezing: Freezing,
  call: Call,
  decision: Decision,
): { snapshot: Snapshot; changes: Change[] } {
  const { content } = volume;
  const { account, region, volumeId, sizeGiB, encrypted, key, snapshotsAt = [] } = content;
  const snapshotId = newId("snap");
  const id = snapshotRowId(region, snapshotId);
  const below = [...content.below, ...(content.top === undefined ? [] : [{ id: content.top, root: "" }])];
  const snapshot: Snapshot = {
    account,
    region,
    snapshotId,
    volumeId,
    sizeGiB,
    description,
    state: "pending",
    progress: 0,
    encrypted,
    key,
    below,
    createdAt: call.now,
    tags: [...tags],
    sharedWith: [],
  };
  const rolled: Volume = { ...content, below, top, snapshotsAt: [...snapshotsAt.slice(1 - rate.most), call.now] };
  const secret = secretFor(volume, { kind: "snapshot", id }, call.seal, decision);
  const layers = below.map((layer) => layer.id);
  return {
    snapshot,
    changes: [
      call.entities.put(volume, rolled),
      call.entities.create("snapshot", id, snapshot, { scope: regionScope(snapshot), parent: volume.row.id, secret }),
      ...useLayers(call.entities, layers, id),
      ...useLayers(call.entities, [top], volume.row.id),
      workFor(call, "create-snapshot", { kind: "snapshot", id }, freezing),
    ],
  };
}

function checkVolume({ volumeId, state, snapshotsAt = [] }: Volume, { now, quotas }: Call): void {
  if (state !== "available" && state !== "in-use")
    refuse("IncorrectState", `Snapshot cannot be taken of volume '${volumeId}': it is '${state}'.`);
  const recent = snapshotsAt.filter((at) => at > now - rate.ms && at <= now);
  if (recent.length >= (quotas ? rate.quotaMost : rate.most))
    refuse(
      "SnapshotCreationPerVolumeRateExceeded",
      "The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.",
    );
}
