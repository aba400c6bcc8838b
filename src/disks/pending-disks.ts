import { Disk, type DiskPlan } from "./disk.ts";
import { LayerTags, tagKeyOf } from "./layer-tags.ts";
import { blockBytes, Layer } from "./layer.ts";

interface Pending {
  readonly disk: Disk;
  readonly tags: LayerTags;
  readonly tagKey: Buffer;
}

/** The disk's data key, or what tags are made with alone. */
export interface FreezeKeys {
  readonly key?: Uint8Array | undefined;
  readonly tagKey?: Uint8Array | undefined;
}

/** Kept open at once; another block of one that was closed asks for its key again. */
const pendingMost = 64;

/** Disks that are written block by block (EBS direct), open from the first block to the last. */
export class PendingDisks {
  readonly #folder: string;
  readonly #byTop = new Map<string, Pending>();
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The block is durable when this returns; false when the key is needed and not given. */
  write(plan: DiskPlan, key: Uint8Array | undefined, block: number, bytes: Buffer): boolean {
    const pending = this.#open(plan, key);
    if (!pending) return false;
    pending.disk.write(block * blockBytes, bytes);
    pending.disk.flush();
    pending.disk.tagTop(pending.tags, block);
    return true;
  }

  /** Tags what has none yet (`known`: entries of those that have), and forgets the key; undefined when it is needed and not given. */
  async freeze(
    top: string,
    { key, tagKey: given }: FreezeKeys,
    pause: () => Promise<void>,
    known: Buffer = Buffer.alloc(0),
  ): Promise<string | undefined> {
    const pending = this.#byTop.get(top);
    const tagKey = pending?.tagKey ?? given ?? (key && tagKeyOf(key));
    if (!tagKey) return undefined;
    this.forget(top);
    return await Layer.freeze(this.#folder, top, pending?.tags ?? new LayerTags(top, known, tagKey), pause);
  }

  forget(top: string): void {
    this.#byTop.get(top)?.disk[Symbol.dispose]();
    this.#byTop.delete(top);
  }

  #open(plan: DiskPlan, key: Uint8Array | undefined): Pending | undefined {
    const top = plan.top ?? "";
    const known = this.#byTop.get(top);
    if (known || !key) return known;
    const tagKey = tagKeyOf(key);
    const pending = {
      disk: new Disk(this.#folder, plan, key),
      tags: new LayerTags(top, Buffer.alloc(0), tagKey),
      tagKey,
    };
    this.#byTop.set(top, pending);
    const [oldest] = this.#byTop;
    if (this.#byTop.size > pendingMost && oldest) this.forget(oldest[0]);
    return pending;
  }
}
