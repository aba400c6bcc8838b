import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { sectorBytes, SectorCipher } from "./sectors.ts";

/** As node:crypto's own XTS has it, sector by sector. */
function reference(key: Uint8Array, plain: Buffer, first: number): Buffer {
  const sectors: Buffer[] = [];
  for (let at = 0; at < plain.length; at += sectorBytes) {
    const tweak = Buffer.alloc(16);
    tweak.writeBigUInt64LE(BigInt(first + at / sectorBytes), 0);
    sectors.push(createCipheriv("aes-256-xts", key, tweak).update(plain.subarray(at, at + sectorBytes)));
  }
  return Buffer.concat(sectors);
}

test("sectors are AES-256-XTS, whatever their number and however many", () => {
  const count = fc.integer({ min: 1, max: 40 });
  const first = fc.oneof(fc.nat(), fc.integer({ min: 0xffff_fff0, max: 0x1_0000_0010 }), fc.constant(2 ** 44));
  fc.assert(
    fc.property(count, first, (sectors, number) => {
      const key = randomBytes(64);
      const plain = randomBytes(sectors * sectorBytes);
      const cipher = new SectorCipher(key);
      const bytes = Buffer.from(plain);
      cipher.encrypt(bytes, number);
      assert.ok(bytes.equals(reference(key, plain, number)));
      cipher.decrypt(bytes, number);
      assert.ok(bytes.equals(plain));
    }),
    { numRuns: 60 },
  );
});

test("a key of another length, or of equal halves, is none", () => {
  assert.throws(() => new SectorCipher(randomBytes(32)), /64 bytes, not 32/);
  assert.throws(() => new SectorCipher(Buffer.alloc(64, 1)), /equal halves/);
});
