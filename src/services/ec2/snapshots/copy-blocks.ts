import { bytesOf, type FrozenLayer, type Snapshot } from "../../../volumes/entities.ts";
import { type Hands, targetOf, type Work } from "../../../volumes/work.ts";
import type { OpenedKeys } from "./copy-keys.ts";
import type { CopySource } from "./copy.ts";

const blockBytes = 524_288;
/** A copy tells of its progress in steps of so many percent. */
const progressStep = 5;

/** What of a disk was ever written, in whole blocks. */
export const writtenBytes = async (below: readonly FrozenLayer[], hands: Hands): Promise<number> =>
  (await hands.disks.order(below[0]?.id ?? "", "blocks", { below })).length * blockBytes;

/** Every block of the source, under the copy's key, in one new layer; what is said of its tags. Rejects with DiskFailure. */
export async function copyBlocks(
  work: Work,
  hands: Hands,
  { below, sizeGiB }: CopySource,
  layer: string,
  { from, to }: OpenedKeys,
): Promise<string> {
  const bytes = bytesOf(sizeGiB);
  // What a run before a restart has left there is written again.
  await hands.disks.order(layer, "remove", { id: layer });
  await hands.disks.order(layer, "create", { id: layer });
  const order = { from: { bytes, below }, fromKey: from, to: { bytes, below: [], top: layer }, toKey: to };
  const told = teller(work, hands);
  const tags = await hands.disks.spread("copy", (part) => ({ ...order, part }), told.progress);
  await told.last();
  const root = await hands.disks.order(layer, "freeze", { id: layer, key: to, tags });
  if (root === undefined) throw new Error(`the layer ${layer} was not frozen`);
  return root;
}

/** Writes progress down, one step at a time. */
function teller(work: Work, hands: Hands): { progress: (part: number) => void; last: () => Promise<void> } {
  let [told, writing] = [0, Promise.resolve()];
  const write = (progress: number) =>
    hands.step(() => {
      const dest = targetOf<Snapshot>(work, hands);
      return { changes: dest ? [hands.entities.put(dest, { ...dest.content, progress })] : [] };
    });
  return {
    progress: (part) => {
      const percent = Math.min(99, Math.floor(part * 100));
      if (percent < told + progressStep) return;
      told = percent;
      // What cannot be written now is told with the next step, or with the end.
      writing = writing.then(() => write(percent)).catch(() => undefined);
    },
    last: () => writing,
  };
}
