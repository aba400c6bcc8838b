import { getRawPointer } from "node:ffi";

/** What PKCS#11 calls CK_ULONG and pointers are, on every system whose C is LP64 (Linux, macOS). */
export const wordBytes = 8;

const arenaBytes = 64 * 1024;

/** A piece of the arena: its bytes here, its address there. */
export interface Piece {
  readonly bytes: Buffer;
  readonly address: bigint;
}

/**
 * One block of memory that both sides see. It is never moved or freed, so that no address goes stale; everything in it
 * is wiped after each call. Pieces are handed out one after the other.
 */
export class Arena {
  readonly #block = Buffer.alloc(arenaBytes);
  readonly #base = getRawPointer(this.#block);
  #used = 0;

  take(length: number): Piece {
    const start = this.#used;
    const end = start + length;
    if (end > arenaBytes) throw new RangeError(`a call needs more than ${arenaBytes} bytes`);
    this.#used = Math.ceil(end / wordBytes) * wordBytes;
    return { bytes: this.#block.subarray(start, end), address: this.#base + BigInt(start) };
  }

  put(content: Uint8Array): Piece {
    const piece = this.take(content.length);
    piece.bytes.set(content);
    return piece;
  }

  /** Words of 64 bits, one after the other: structures are made of nothing else. */
  words(...values: readonly (bigint | number)[]): Piece {
    const piece = this.take(values.length * wordBytes);
    const { bytes } = piece;
    for (const [index, value] of values.entries()) {
      if (littleEndian) bytes.writeBigUInt64LE(BigInt(value), index * wordBytes);
      else bytes.writeBigUInt64BE(BigInt(value), index * wordBytes);
    }
    return piece;
  }

  wipe(): void {
    this.#block.fill(0, 0, this.#used);
    this.#used = 0;
  }
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export const wordAt = ({ bytes }: Piece, index = 0): bigint =>
  littleEndian ? bytes.readBigUInt64LE(index * wordBytes) : bytes.readBigUInt64BE(index * wordBytes);
