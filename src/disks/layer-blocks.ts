import type { DiskPlan } from "./disk.ts";
import { Layer } from "./layer.ts";

/** No block is read here, and no tag is checked with it. */
const noKey = Buffer.alloc(32);

type Layers = DiskPlan["below"];

/** Blocks of which layers below a top hold something. Throws DamagedLayer. */
export function blocksOf(folder: string, layers: Layers): Set<number> {
  const blocks = new Set<number>();
  for (const one of layers) {
    using layer = Layer.below(folder, one, noKey);
    for (const block of layer.blocks()) blocks.add(block);
  }
  return blocks;
}

/** What stands in a layer that only one of the two has: a block outside of these is the same in both. */
export function changedBlocks(folder: string, first: Layers, second: Layers): number[] {
  const only = (layers: Layers, others: Layers) => layers.filter(({ id }) => !others.some((other) => other.id === id));
  const changed = new Set([...blocksOf(folder, only(first, second)), ...blocksOf(folder, only(second, first))]);
  return [...changed].toSorted((a, b) => a - b);
}
