import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { hash } from "node:crypto";
import { LayerTags } from "./layer-tags.ts";
import { Presence, presenceAt } from "./presence.ts";
import { sectorBytes } from "./sectors.ts";

/** 512 KiB: the block of EBS direct, of tags, and of what is shared. */
export const blockSectors = 128;
export const blockBytes: number = blockSectors * sectorBytes;

/** Said of a layer whose files do not fit together or do not carry the tags they should. */
export class DamagedLayer extends Error {
  constructor(id: string, what: string) {
    super(`The disk layer ${id} is damaged: ${what}`);
    this.name = "DamagedLayer";
  }
}

/**
 * The sectors that were written while the layer was a disk's top. Below it lie older layers, which never change.
 *
 *   ID.data   sector n at n × 4096, encrypted; a sparse file
 *   ID.map    4096 bytes: "claviger layer v1\n"; then the presence bits, sector n being bit n mod 8 of byte n div 8
 *   ID.tags   once frozen: see disks/layer-tags.ts
 */
export class Layer {
  readonly id: string;
  readonly presence: Presence;
  readonly tags: LayerTags | undefined;
  readonly #data: number;
  readonly #map: number;
  #unsynced = false;

  private constructor(folder: string, id: string, mode: "r" | "r+", tags: LayerTags | undefined) {
    this.id = id;
    this.tags = tags;
    this.#data = openSync(pathOf(folder, id, "data"), mode);
    this.#map = openSync(pathOf(folder, id, "map"), mode);
    this.presence = new Presence(this.#map);
  }

  static create(folder: string, id: string): void {
    const header = Buffer.alloc(presenceAt);
    header.write(title);
    writeFileSync(pathOf(folder, id, "data"), "", { mode: 0o600, flag: "wx" });
    writeFileSync(pathOf(folder, id, "map"), header, { mode: 0o600, flag: "wx" });
  }

  static exists(folder: string, id: string): boolean {
    return existsSync(pathOf(folder, id, "map"));
  }

  /** The top of a disk, to be written. */
  static open(folder: string, id: string): Layer {
    return new Layer(folder, id, "r+", undefined);
  }

  /** A layer below the top. `root` is what was said of its tags when it was frozen; throws DamagedLayer. */
  static frozen(folder: string, id: string, root: string, tagKey: Uint8Array): Layer {
    const path = pathOf(folder, id, "tags");
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    if (hash("sha256", bytes) !== root) throw new DamagedLayer(id, "its tags are not those it was frozen with");
    return new Layer(folder, id, "r", new LayerTags(id, bytes, tagKey));
  }

  /** Below the top and perhaps not frozen yet: then it does not change any more, and nothing vouches for it. */
  static below(folder: string, { id, root }: { id: string; root: string }, tagKey: Uint8Array): Layer {
    return root === "" ? new Layer(folder, id, "r", undefined) : Layer.frozen(folder, id, root, tagKey);
  }

  static remove(folder: string, id: string): void {
    for (const part of ["tags", "map", "data"] as const) rmSync(pathOf(folder, id, part), { force: true });
  }

  /**
   * Writes the tags of all blocks, of which `tags` may have some; what it returns says which they are. The layer must
   * not change any more.
   */
  static async freeze(folder: string, id: string, tags: LayerTags, pause: () => Promise<void>): Promise<string> {
    using layer = new Layer(folder, id, "r", undefined);
    for (const block of layer.presence.blocks()) {
      if (tags.names(block)) continue;
      tags.add(block, layer);
      await pause();
    }
    // Who froze it before has said which its tags are, and they stay.
    const known = existsSync(pathOf(folder, id, "tags")) ? readFileSync(pathOf(folder, id, "tags")) : undefined;
    if (known && tags.agreesWith(known, layer)) return hash("sha256", known);
    const bytes = tags.bytes();
    // In one step: who reads the layer while it is frozen once more finds all of its tags.
    const path = pathOf(folder, id, "tags");
    const file = openSync(`${path}.new`, "w", 0o600);
    writeSync(file, bytes);
    fdatasyncSync(file);
    closeSync(file);
    renameSync(`${path}.new`, path);
    return hash("sha256", bytes);
  }

  /** Encrypted sectors as they lie there. */
  read(into: Buffer, first: number): void {
    const read = readSync(this.#data, into, 0, into.length, first * sectorBytes);
    if (read < into.length)
      throw new DamagedLayer(this.id, `its data end within sector ${first + Math.floor(read / sectorBytes)}`);
  }

  write(bytes: Buffer, first: number): void {
    for (let at = 0; at < bytes.length; )
      at += writeSync(this.#data, bytes, at, bytes.length - at, first * sectorBytes + at);
    this.presence.add(first, bytes.length / sectorBytes);
    this.#unsynced = true;
  }

  /** The sectors first, then the bits that say they are there. */
  flush(): void {
    if (!this.#unsynced) return;
    fdatasyncSync(this.#data);
    if (this.presence.flush()) fdatasyncSync(this.#map);
    this.#unsynced = false;
  }

  /** Whether anything of the block is here, or should be. */
  covers(block: number): boolean {
    return this.presence.ofBlock(block) !== undefined || (this.tags?.names(block) ?? false);
  }

  *blocks(): Generator<number> {
    yield* this.presence.blocks();
    if (this.tags) yield* this.tags.blocks();
  }

  /** Whether every sector of the block is here. */
  isWhole(block: number): boolean {
    return this.presence.ofBlock(block)?.every((byte) => byte === 0xff) ?? false;
  }

  /**
   * Throws DamagedLayer when a frozen block is not what it was. Each is looked at once while the layer is open; `whole`
   * are all its sectors as they were just read.
   */
  check(block: number, whole?: Uint8Array): void {
    if (this.tags && !this.tags.holds(block, this, whole))
      throw new DamagedLayer(this.id, `block ${block} is not what was written`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#data);
    closeSync(this.#map);
  }
}

const title = "claviger layer v1\n";
const pathOf = (folder: string, id: string, part: "data" | "map" | "tags"): string => join(folder, `${id}.${part}`);
