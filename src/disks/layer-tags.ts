import { createCipheriv, createSecretKey, KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { diskTagKey } from "../crypto/disk-tag-key.ts";
import type { Layer } from "./layer.ts";
import { sectorBytes } from "./sectors.ts";

const nonceBytes = 12;
const entryBytes = 4 + nonceBytes + 16;

export { diskTagKey as tagKeyOf };

/**
 * The tags of a frozen layer, ID.tags: for every block that has a sector, in order, 4 bytes its number (big-endian), a
 * random nonce of 12 bytes, and the 16 bytes of
 *
 *   AES-256-GMAC( tag key, nonce, "claviger block v1\n" ID "\n" number "\n" ‖ 16 bytes of presence bits ‖ its sectors as they lie there )
 *
 * The key belongs to the lineage, ID and number to the place: a block that was changed, moved or taken out shows. A
 * nonce is drawn for every tag that is made: fewer than 2^32 under one key, which is 2 PiB written. (GMAC rather than
 * HMAC: every byte of a snapshot passes through it, and it is several times as fast.)
 */
export class LayerTags {
  readonly #id: string;
  readonly #key: KeyObject;
  readonly #tags = new Map<number, Buffer>();
  readonly #checked = new Set<number>();

  /** Copies the key. */
  constructor(id: string, bytes: Buffer, key: Uint8Array | KeyObject) {
    this.#id = id;
    this.#key = key instanceof KeyObject ? key : createSecretKey(key);
    for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes)
      this.#tags.set(bytes.readUInt32BE(at), bytes.subarray(at + 4, at + entryBytes));
  }

  /** `whole`: all sectors of the block as they lie there, if they are at hand; otherwise they are read. */
  add(block: number, layer: Layer, whole?: Uint8Array): void {
    const nonce = randomBytes(nonceBytes);
    this.#tags.set(block, Buffer.concat([nonce, this.#tagOf(block, layer, nonce, whole)]));
  }

  holds(block: number, layer: Layer, whole?: Uint8Array): boolean {
    if (!whole && this.#checked.has(block)) return true;
    const tag = this.#tags.get(block);
    const bits = layer.presence.ofBlock(block);
    if (!tag || !bits) return !tag && !bits;
    const [nonce, said] = [tag.subarray(0, nonceBytes), tag.subarray(nonceBytes)];
    if (!timingSafeEqual(said, this.#tagOf(block, layer, nonce, whole))) return false;
    this.#checked.add(block);
    return true;
  }

  names(block: number): boolean {
    return this.#tags.has(block);
  }
  blocks(): Iterable<number> {
    return this.#tags.keys();
  }

  /** Whether these are tags of the same blocks, made with the same key: another nonce makes another tag. */
  agreesWith(bytes: Buffer, layer: Layer): boolean {
    const others = new LayerTags(this.#id, bytes, this.#key);
    if (others.#tags.size !== this.#tags.size) return false;
    return [...this.#tags.keys()].every((block) => others.names(block) && others.holds(block, layer));
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

  #tagOf(block: number, layer: Layer, nonce: Uint8Array, whole?: Uint8Array): Buffer {
    const bits = layer.presence.ofBlock(block) ?? Buffer.alloc(16);
    const place = Buffer.concat([Buffer.from(`claviger block v1\n${this.#id}\n${block}\n`), bits]);
    const gmac = createCipheriv("aes-256-gcm", this.#key, nonce);
    gmac.setAAD(place);
    gmac.setAAD(whole ?? sectorsOf(layer, block, bits));
    gmac.final();
    return gmac.getAuthTag();
  }
}

function sectorsOf(layer: Layer, block: number, bits: Uint8Array): Buffer {
  const runs = runsOf(bits);
  const sectors = Buffer.allocUnsafe(runs.reduce((sum, { count }) => sum + count, 0) * sectorBytes);
  let at = 0;
  for (const { first, count } of runs) {
    layer.read(sectors.subarray(at, at + count * sectorBytes), block * 128 + first);
    at += count * sectorBytes;
  }
  return sectors;
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
