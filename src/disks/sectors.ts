import { type Cipheriv, createCipheriv, createDecipheriv, createSecretKey, type Decipheriv } from "node:crypto";
import { sectorsAtOnce, xtsMask } from "./xts-mask.ts";

/**
 * What lies on disk: AES-256-XTS in sectors of 4 KiB, the tweak being the sector's number on its disk (16 bytes,
 * little-endian, as in IEEE 1619), so that the same bytes elsewhere look different. XTS hides; it does not
 * authenticate. Snapshots carry tags for that (disks/layer-tags.ts).
 */
export const sectorBytes = 4096;

/** Whole sectors from number `first` on, in place. */
export interface Sectors {
  encrypt(bytes: Buffer, first: number): void;
  decrypt(bytes: Buffer, first: number): void;
}

type Aes = Cipheriv | Decipheriv;

/**
 * XTS from AES on many blocks at once: a cipher object for every sector, which is what node:crypto's own aes-256-xts
 * asks for, costs several times what its AES does.
 */
export class SectorCipher implements Sectors {
  readonly #encryption: Aes;
  readonly #decryption: Aes;
  readonly #tweaking: Aes;

  /** Takes a data key as KMS gives it, 64 bytes, and copies it; the caller wipes its own. Equal halves are refused. */
  constructor(key: Uint8Array) {
    if (key.length !== 64) throw new Error(`a disk's key has 64 bytes, not ${key.length}`);
    const [data, tweak] = [key.subarray(0, 32), key.subarray(32)];
    if (Buffer.compare(data, tweak) === 0) throw new Error("a disk's key has equal halves");
    this.#encryption = createCipheriv("aes-256-ecb", createSecretKey(data), null).setAutoPadding(false);
    this.#decryption = createDecipheriv("aes-256-ecb", createSecretKey(data), null).setAutoPadding(false);
    this.#tweaking = createCipheriv("aes-256-ecb", createSecretKey(tweak), null).setAutoPadding(false);
  }

  encrypt(bytes: Buffer, first: number): void {
    this.#crypt(bytes, first, this.#encryption);
  }
  decrypt(bytes: Buffer, first: number): void {
    this.#crypt(bytes, first, this.#decryption);
  }

  #crypt(bytes: Buffer, first: number, aes: Aes): void {
    const { tweaks, data } = xtsMask;
    for (let at = 0; at < bytes.length; at += sectorsAtOnce * sectorBytes) {
      const part = bytes.subarray(at, at + sectorsAtOnce * sectorBytes);
      const sectors = part.length / sectorBytes;
      tweaks.set(this.#tweaking.update(numbered(first + at / sectorBytes, sectors)));
      data.set(part);
      xtsMask.whiten(sectors);
      data.set(aes.update(data.subarray(0, part.length)));
      xtsMask.unmask(sectors);
      data.copy(part, 0, 0, part.length);
    }
  }
}

const numbers = Buffer.alloc(sectorsAtOnce * 16);

/** The numbers of these sectors, 16 bytes each. */
function numbered(first: number, count: number): Buffer {
  for (let index = 0; index < count; index++) {
    const sector = first + index;
    numbers.writeUInt32LE(sector >>> 0, index * 16);
    numbers.writeUInt32LE(Math.floor(sector / 0x1_0000_0000), index * 16 + 4);
  }
  return numbers.subarray(0, count * 16);
}
