import { hash } from "node:crypto";
import type { Bytes } from "./algorithms.ts";

/** hash(seed ‖ counter) for 32-bit counters from `first`: MGF1 counts from 0 (RFC 8017, B.2.1), SM2 from 1. */
export function maskOf(name: string, seed: Bytes, length: number, first: 0 | 1): Buffer {
  const blocks: Buffer[] = [];
  let made = 0;
  for (let counter = first as number; made < length; counter++) {
    const suffix = Buffer.alloc(4);
    suffix.writeUInt32BE(counter);
    const block = hash(name, Buffer.concat([seed, suffix]), "buffer");
    blocks.push(block);
    made += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** Both of the same length. */
export const xor = (one: Bytes, other: Bytes): Buffer => Buffer.from(one.map((byte, index) => byte ^ other[index]!));
