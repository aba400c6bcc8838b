import { createHmac, timingSafeEqual } from "node:crypto";
import { diskTagKey } from "../crypto/disk-tag-key.ts";
import type { Layer } from "./layer.ts";
import { sectorBytes } from "./sectors.ts";

const entryBytes = 36;

export { diskTagKey as tagKeyOf };

/**
 * The tags of a frozen layer, ID.tags: for every block that has a sector, in order, 4 bytes its number (big-endian) and
 *
 *   HMAC-SHA256( tag key, "claviger block v1\n" ID "\n" number "\n" ‖ 16 bytes of presence bits ‖ its sectors as they lie there )
 *
 * The key belongs to the lineage, ID and number to the place: a block that was changed, moved or taken out shows.
 */
export class LayerTags {
  readonly #id: string;
  readonly #key: Uint8Array;
  readonly #tags = new Map<number, Buffer>();
  readonly #checked = new Set<number>();

  constructor(id: string, bytes: Buffer, key: Uint8Array) {
    this.#id = id;
    this.#key = key;
    for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes)
      this.#tags.set(bytes.readUInt32BE(at), bytes.subarray(at + 4, at + entryBytes));
  }

  add(block: number, layer: Layer): void {
    this.#tags.set(block, this.#tagOf(block, layer));
  }

  holds(block: number, layer: Layer): boolean {
    if (this.#checked.has(block)) return true;
    const tag = this.#tags.get(block);
    const bits = layer.presence.ofBlock(block);
    if (!tag || !bits) return !tag && !bits;
    if (!timingSafeEqual(tag, this.#tagOf(block, layer))) return false;
    this.#checked.add(block);
    return true;
  }

  names(block: number): boolean {
    return this.#tags.has(block);
  }
  blocks(): Iterable<number> {
    return this.#tags.keys();
  }

  bytes(): Buffer {
    const entries = [...this.#tags].toSorted(([a], [b]) => a - b);
    return Buffer.concat(
      entries.flatMap(([block, tag]) => {
        const number = Buffer.alloc(4);
        number.writeUInt32BE(block);
        return [number, tag];
      }),
    );
  }

  #tagOf(block: number, layer: Layer): Buffer {
    const bits = layer.presence.ofBlock(block) ?? Buffer.alloc(16);
    const hmac = createHmac("sha256", this.#key).update(`claviger block v1\n${this.#id}\n${block}\n`).update(bits);
    for (const { first, count } of runsOf(bits)) {
      const sectors = Buffer.allocUnsafe(count * sectorBytes);
      layer.read(sectors, block * 128 + first);
      hmac.update(sectors);
    }
    return hmac.digest();
  }
}

/** Stretches of sectors that are there, within one block. */
export function runsOf(bits: Uint8Array): { first: number; count: number }[] {
  const runs: { first: number; count: number }[] = [];
  for (let sector = 0; sector < 128; sector++) {
    if (((bits[sector >> 3] ?? 0) & (1 << (sector & 7))) === 0) continue;
    const last = runs.at(-1);
    if (last && last.first + last.count === sector) last.count += 1;
    else runs.push({ first: sector, count: 1 });
  }
  return runs;
}
