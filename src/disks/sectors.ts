import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";

/**
 * What lies on disk: AES-256-XTS in sectors of 4 KiB, the tweak being the sector's number on its disk (16 bytes,
 * little-endian, as in IEEE 1619), so that the same bytes elsewhere look different. XTS hides; it does not
 * authenticate. Snapshots carry tags for that (disks/layer-tags.ts).
 */
export const sectorBytes = 4096;

export class SectorCipher {
  readonly #key: KeyObject;
  readonly #tweak = Buffer.alloc(16);

  /** Takes a data key as KMS gives it, 64 bytes, and copies it; the caller wipes its own. Equal halves are refused. */
  constructor(key: Uint8Array) {
    if (key.length !== 64) throw new Error(`a disk's key has 64 bytes, not ${key.length}`);
    if (Buffer.compare(key.subarray(0, 32), key.subarray(32)) === 0) throw new Error("a disk's key has equal halves");
    this.#key = createSecretKey(key);
  }

  /** Whole sectors from number `first` on, in place. */
  encrypt(bytes: Buffer, first: number): void {
    this.#crypt(bytes, first, createCipheriv);
  }
  decrypt(bytes: Buffer, first: number): void {
    this.#crypt(bytes, first, createDecipheriv);
  }

  #crypt(bytes: Buffer, first: number, cipher: typeof createCipheriv | typeof createDecipheriv): void {
    for (let at = 0; at < bytes.length; at += sectorBytes) {
      const sector = bytes.subarray(at, at + sectorBytes);
      sector.set(cipher("aes-256-xts", this.#key, this.#tweakOf(first + at / sectorBytes)).update(sector));
    }
  }

  #tweakOf(sector: number): Buffer {
    this.#tweak.writeUInt32LE(sector >>> 0, 0);
    this.#tweak.writeUInt32LE(Math.floor(sector / 0x1_0000_0000), 4);
    return this.#tweak;
  }
}
