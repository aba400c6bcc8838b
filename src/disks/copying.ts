import { Disk, type DiskPlan } from "./disk.ts";
import { LayerTags, tagKeyOf } from "./layer-tags.ts";
import { blockBytes } from "./layer.ts";

export interface CopyOrder {
  readonly from: DiskPlan;
  readonly fromKey: Uint8Array;
  readonly to: DiskPlan;
  readonly toKey: Uint8Array;
  /** One of several threads that share the work; all of it without. */
  readonly part?: Part;
}

/** The index-th of so many. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/** What one page of presence bits tells of: no two threads write the same page. */
const pageBlocks = 256;

const isOf = (block: number, { index, of }: Part): boolean => Math.floor(block / pageBlocks) % of === index;

/** Blocks between two flushes: what the system may hold back of a copy. */
const flushEvery = 256;

/**
 * Every block that was written once, read under one key and written under the other. Nothing plain touches the disk;
 * memory is one block. `progress` takes a part from 0 to 1. What is returned are the tags of what was written.
 */
export async function copyDisk(
  folder: string,
  order: CopyOrder,
  progress: (part: number) => void,
  pause: () => Promise<void>,
): Promise<Buffer> {
  using from = new Disk(folder, order.from, order.fromKey);
  using to = new Disk(folder, order.to, order.toKey);
  const tags = new LayerTags(order.to.top ?? "", Buffer.alloc(0), tagKeyOf(order.toKey));
  const { part } = order;
  const blocks = part ? from.blocks().filter((block) => isOf(block, part)) : from.blocks();
  for (const [index, block] of blocks.entries()) {
    const offset = block * blockBytes;
    const bytes = from.read(offset, blockBytes);
    to.write(offset, bytes);
    to.tagTop(tags, block, bytes);
    if (index % flushEvery === flushEvery - 1) to.flush();
    if (index % 16 === 15) progress((index + 1) / blocks.length);
    await pause();
  }
  to.flush();
  return tags.bytes();
}
