import { fstatSync, readSync, writeSync } from "node:fs";

/** One page of bits: 4096 bytes, 32768 sectors, 128 MiB of a disk. */
const pageBytes = 4096;
const pageSectors = pageBytes * 8;

/** Where the bits begin in their file; the header before them belongs to the layer. */
export const presenceAt = 4096;

/**
 * Which sectors a layer holds: one bit a sector, in pages that are read when they are asked for and written by
 * `flush`, after the sectors themselves are safe. A bit that a crash forgot means a sector that was never flushed.
 */
export class Presence {
  readonly #file: number;
  /** Undefined: known to be empty. */
  readonly #pages = new Map<number, Buffer | undefined>();
  readonly #dirty = new Set<number>();
  #size: number;

  constructor(file: number) {
    this.#file = file;
    this.#size = fstatSync(file).size;
  }

  has(sector: number): boolean {
    const page = this.#page(Math.floor(sector / pageSectors));
    if (!page) return false;
    const bit = sector % pageSectors;
    return ((page[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  add(first: number, count: number): void {
    for (let sector = first; sector < first + count; sector++) {
      const number = Math.floor(sector / pageSectors);
      const page = this.#page(number) ?? this.#make(number);
      const bit = sector % pageSectors;
      const before = page[bit >> 3] ?? 0;
      const after = before | (1 << (bit & 7));
      if (after === before) continue;
      page[bit >> 3] = after;
      this.#dirty.add(number);
    }
  }

  /** The 16 bytes of bits of one block of 128 sectors; undefined when none is set. */
  ofBlock(block: number): Buffer | undefined {
    const page = this.#page(Math.floor((block * 128) / pageSectors));
    const at = ((block * 128) % pageSectors) / 8;
    const bits = page?.subarray(at, at + 16);
    return bits?.some((byte) => byte !== 0) ? bits : undefined;
  }

  /** Blocks of 128 sectors of which at least one is there, from the file's start to its end. */
  *blocks(): Generator<number> {
    const pages = Math.max(
      Math.ceil((this.#size - presenceAt) / pageBytes),
      ...[...this.#pages.keys()].map((n) => n + 1),
    );
    for (let number = 0; number < pages; number++) {
      if (!this.#page(number)) continue;
      const first = (number * pageSectors) / 128;
      for (let block = first; block < first + pageSectors / 128; block++) if (this.ofBlock(block)) yield block;
    }
  }

  /** Writes what was added. The caller syncs. True when there was anything. */
  flush(): boolean {
    for (const number of this.#dirty)
      writeSync(this.#file, this.#pages.get(number)!, 0, pageBytes, presenceAt + number * pageBytes);
    const any = this.#dirty.size > 0;
    this.#dirty.clear();
    return any;
  }

  #page(number: number): Buffer | undefined {
    if (this.#pages.has(number)) return this.#pages.get(number);
    let page: Buffer | undefined;
    if (presenceAt + number * pageBytes < this.#size) {
      page = Buffer.alloc(pageBytes);
      readSync(this.#file, page, 0, pageBytes, presenceAt + number * pageBytes);
      if (page.every((byte) => byte === 0)) page = undefined;
    }
    this.#pages.set(number, page);
    return page;
  }

  #make(number: number): Buffer {
    const page = Buffer.alloc(pageBytes);
    this.#pages.set(number, page);
    this.#size = Math.max(this.#size, presenceAt + (number + 1) * pageBytes);
    return page;
  }
}
