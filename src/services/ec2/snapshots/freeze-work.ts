import type { Change, Entities, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import type { FrozenLayer, LayerUse, Snapshot, Volume } from "../../../volumes/entities.ts";
import { settleImages } from "../../../volumes/image-uses.ts";
import { openedTagKey } from "../../../volumes/tag-key.ts";
import { type Hands, targetOf, type Work, type WorkHandler, type Written } from "../../../volumes/work.ts";
import { writtenBytes } from "./copy-blocks.ts";
import { snapshotNotification, volumeArn } from "./notifications.ts";

/** What CreateSnapshot and CreateSnapshots leave to be done; target = the snapshot. */
export interface Freezing {
  readonly event: "createSnapshot" | "createSnapshots";
  /** The volumes of the call, all at one moment, and the layers that take what is written from then on. */
  readonly rolls: readonly { readonly volumeId: string; readonly top: string }[];
  /** Row id of the snapshot's volume. */
  readonly volume: string;
}

type Roots = ReadonlyMap<string, string>;

/** Completes a snapshot: the volume writes elsewhere, and what it wrote before carries tags from now on. */
export const freezeWork: WorkHandler<Freezing> = {
  async run(work, hands) {
    const { rolls } = work.input;
    await Promise.all(rolls.map(({ volumeId, top }) => hands.disks.order(volumeId, "roll", { name: volumeId, top })));
    const snapshot = targetOf<Snapshot>(work, hands);
    const volume = hands.entities.get<Volume>("volume", work.input.volume);
    const frozen = snapshot ?? volume;
    if (!frozen) return () => ({ changes: [] });
    const roots = await freezeLayers(frozen, hands);
    const below = withRoots(frozen.content.below, roots);
    const fullBytes = await writtenBytes(below, hands);
    const completed = (before: Snapshot): Snapshot => ({
      ...before,
      state: "completed",
      progress: 100,
      completedAt: hands.now(),
      fullBytes,
      below: withRoots(before.below, roots),
    });
    return () => {
      const ended = endSnapshot(work, hands, completed);
      const others = rootsOfOthers(roots, work.target.id, hands.entities);
      return {
        ...ended,
        changes: [...ended.changes, ...others.changes],
        used: [...(ended.used ?? []), ...others.used],
      };
    };
  },

  fail: (work, hands) =>
    Promise.resolve(() => {
      const stateMessage = "An internal error occurred";
      return endSnapshot(work, hands, (before) => ({ ...before, state: "error", stateMessage, progress: 0 }));
    }),
};

/** Whatever below the top is not frozen yet, by layer: what was said of its tags. */
async function freezeLayers(disk: Entity<Snapshot> | Entity<Volume>, hands: Hands): Promise<Roots> {
  const roots = new Map<string, string>();
  const open = disk.content.below.filter(({ root }) => root === "");
  if (open.length === 0) return roots;
  const known = openedTagKey(disk, hands.seal, hands.decision);
  try {
    for (const { id } of open) {
      const blocks = await hands.disks.order(id, "blocks", { below: [{ id, root: "" }] });
      if (!known && blocks.length > 0) throw new Error(`the layer ${id} was written by nobody who is known`);
      const tagKey = known ?? Buffer.alloc(32);
      roots.set(id, (await hands.disks.order(id, "freeze", { id, tagKey })) ?? "");
    }
  } finally {
    known?.fill(0);
  }
  return roots;
}

const withRoots = (below: readonly FrozenLayer[], roots: Roots): FrozenLayer[] =>
  below.map(({ id, root }) => ({ id, root: root === "" ? (roots.get(id) ?? "") : root }));

function endSnapshot(work: Work<Freezing>, hands: Hands, become: (before: Snapshot) => Snapshot): Written {
  const snapshot = targetOf<Snapshot>(work, hands);
  if (!snapshot) return { changes: [] };
  const after = become(snapshot.content);
  const failed = after.state === "error";
  const settled = settleImages({ content: after, row: snapshot.row }, failed ? "error" : "completed", hands.entities);
  const notification = snapshotNotification(after, {
    event: work.input.event,
    result: failed ? "failed" : "succeeded",
    source: volumeArn(after.region, after.volumeId),
    endedAt: hands.now(),
  });
  return {
    changes: [hands.entities.put(snapshot, after), ...settled.changes],
    events: [notification, ...settled.events],
    used: settled.used,
  };
}

const ownersMost = 10_000;

/** The volume and other snapshots have the same layers. */
function rootsOfOthers(roots: Roots, target: string, entities: Entities): { changes: Change[]; used: string[] } {
  const owners = new Set<string>();
  for (const layer of roots.keys())
    for (const { content } of entities.listByParent<LayerUse>("layer-use", layer, { after: "", limit: ownersMost }))
      owners.add(content.owner);
  owners.delete(target);
  const changes = [...owners].flatMap((owner) => {
    const kind = owner.includes("/vol-") ? "volume" : owner.includes("/snap-") ? "snapshot" : undefined;
    const disk = kind && entities.get<Snapshot | Volume>(kind, owner);
    if (!disk?.content.below.some(({ id, root }) => root === "" && roots.has(id))) return [];
    return [entities.put(disk, { ...disk.content, below: withRoots(disk.content.below, roots) })];
  });
  return { changes, used: [...roots.keys()].map((layer) => reference.byParent("layer-use", layer)) };
}
