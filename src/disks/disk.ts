import { type LayerTags, tagKeyOf } from "./layer-tags.ts";
import { blockBytes, blockSectors, Layer } from "./layer.ts";
import { SectorCipher, type Sectors, sectorBytes } from "./sectors.ts";

/** A disk as its volume or snapshot describes it. */
export interface DiskPlan {
  readonly bytes: number;
  /** Older layers, the oldest first, with what was said of their tags when they were frozen; "" before that. */
  readonly below: readonly { readonly id: string; readonly root: string }[];
  /** The layer that is written; a snapshot has none. */
  readonly top?: string | undefined;
}

/** A stretch of encrypted sectors among bytes that were read; `first` is the number of the first one. */
export interface SealedRun {
  readonly at: number;
  readonly length: number;
  readonly first: number;
}

/** The plain bytes of a disk while somebody may see them. Not locked: one thread owns an open top. */
export class Disk implements Disposable {
  #bytes: number;
  readonly #folder: string;
  readonly #layers: Layer[] = [];
  readonly #cipher: Sectors;
  #top: Layer | undefined;

  /** Copies the key, 64 bytes. Throws DamagedLayer. A benchmark says what a disk costs without its cipher. */
  constructor(
    folder: string,
    { bytes, below, top }: DiskPlan,
    key: Uint8Array,
    cipher: Sectors = new SectorCipher(key),
  ) {
    this.#folder = folder;
    this.#bytes = bytes;
    this.#cipher = cipher;
    const tagKey = tagKeyOf(key);
    try {
      for (const layer of below) this.#layers.push(Layer.below(folder, layer, tagKey));
      if (top !== undefined) this.#layers.push((this.#top = Layer.open(folder, top)));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** It ends later from now on; zeros until something is written there. */
  grow(bytes: number): void {
    this.#bytes = Math.max(this.#bytes, bytes);
  }

  /** Bytes from `offset` on; zeros where nothing was written. Throws DamagedLayer. */
  read(offset: number, length: number): Buffer {
    const first = Math.floor(offset / sectorBytes);
    const end = Math.ceil((offset + length) / sectorBytes);
    const { bytes, runs } = this.readSealed(first, end - first);
    for (const run of runs) this.#cipher.decrypt(bytes.subarray(run.at, run.at + run.length), run.first);
    const skip = offset - first * sectorBytes;
    return skip === 0 && bytes.length === length ? bytes : bytes.subarray(skip, skip + length);
  }

  /** Sectors as they lie there, in memory of their own, and which of them are encrypted. Throws DamagedLayer. */
  readSealed(first: number, count: number): { bytes: Buffer; runs: SealedRun[] } {
    const bytes = Buffer.alloc(count * sectorBytes);
    const runs: SealedRun[] = [];
    for (let sector = first; sector < first + count; ) {
      const stop = Math.min(first + count, (Math.floor(sector / blockSectors) + 1) * blockSectors);
      this.#readBlock(bytes, sector, stop, first, runs);
      sector = stop;
    }
    return { bytes, runs };
  }

  /** Takes `bytes` over: they are encrypted in place where they are whole sectors. */
  write(offset: number, bytes: Buffer): void {
    if (offset % sectorBytes !== 0 || bytes.length % sectorBytes !== 0) return this.#writeWithin(offset, bytes);
    const first = offset / sectorBytes;
    this.#cipher.encrypt(bytes, first);
    this.writeSealed(first, bytes);
  }

  /** Whole sectors that are encrypted already. */
  writeSealed(first: number, bytes: Buffer): void {
    this.#writable.write(bytes, first);
  }

  /** Zeros: nothing where nothing is below, else sectors of zeros. */
  zero(offset: number, length: number): void {
    for (let at = offset; at < offset + length; ) {
      const stop = Math.min(offset + length, (Math.floor(at / blockBytes) + 1) * blockBytes);
      if (this.has(Math.floor(at / blockBytes))) this.write(at, Buffer.alloc(stop - at));
      at = stop;
    }
  }

  /** Tags a block of the top as it lies on disk now; `whole` is what was written, if that is all of it. */
  tagTop(tags: LayerTags, block: number, whole?: Uint8Array): void {
    tags.add(block, this.#writable, whole);
  }

  flush(): void {
    this.#top?.flush();
  }

  /** From now on that layer takes what is written; the old top is safe on disk, to be frozen. Twice is once. */
  roll(id: string): void {
    if (this.#layers.some((layer) => layer.id === id)) return;
    this.#writable.flush();
    if (!Layer.exists(this.#folder, id)) Layer.create(this.#folder, id);
    this.#layers.push((this.#top = Layer.open(this.#folder, id)));
  }

  has(block: number): boolean {
    return this.#layers.some((layer) => layer.covers(block));
  }

  /** Blocks in which something was written, in order. */
  blocks(): number[] {
    return [...new Set(this.#layers.flatMap((layer) => [...layer.blocks()]))].toSorted((a, b) => a - b);
  }

  /** What comes after that throws: nothing is read or written by the number of a file that is closed. */
  [Symbol.dispose](): void {
    for (const layer of this.#layers) layer[Symbol.dispose]();
    this.#layers.length = 0;
    this.#top = undefined;
  }

  get #writable(): Layer {
    if (!this.#top) throw new Error("nothing is written to a snapshot, or to a disk that is detached");
    return this.#top;
  }

  /** Sectors within one block: each from the newest layer that has it. `bytes` begin with sector `origin`. */
  #readBlock(bytes: Buffer, first: number, end: number, origin: number, runs: SealedRun[]): void {
    const block = Math.floor(first / blockSectors);
    const layers = this.#layers.filter((layer) => layer.covers(block)).reverse();
    const [only] = layers;
    if (only && layers.length === 1 && end - first === blockSectors && only.isWhole(block)) {
      const at = (first - origin) * sectorBytes;
      const whole = bytes.subarray(at, at + blockBytes);
      only.read(whole, first);
      only.check(block, whole);
      runs.push({ at, length: blockBytes, first });
      return;
    }
    for (const layer of layers) layer.check(block);
    const sourceOf = (sector: number) => layers.find((layer) => layer.presence.has(sector));
    for (let sector = first; sector < end; ) {
      const source = sourceOf(sector);
      let stop = sector + 1;
      while (stop < end && sourceOf(stop) === source) stop += 1;
      const at = (sector - origin) * sectorBytes;
      const length = (stop - sector) * sectorBytes;
      if (source) {
        source.read(bytes.subarray(at, at + length), sector);
        runs.push({ at, length, first: sector });
      }
      sector = stop;
    }
  }

  /** What does not fill its sectors: they are read, changed and written. */
  #writeWithin(offset: number, bytes: Buffer): void {
    const start = Math.floor(offset / sectorBytes) * sectorBytes;
    const end = Math.ceil((offset + bytes.length) / sectorBytes) * sectorBytes;
    const sectors = this.read(start, end - start);
    bytes.copy(sectors, offset - start);
    this.write(start, sectors);
  }
}
