import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { der, derInteger, DerReader, NotDer, readPrivateKey, readPublicKey, tags } from "./der.ts";

const hex = (text: string): Buffer => Buffer.from(text, "hex");

test("what is written is read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), fc.uint8Array({ minLength: 1, maxLength: 40 }), (octets, digits) => {
      const reader = new DerReader(der(tags.sequence, der(tags.octets, octets), derInteger(digits))).sequence();
      assert.deepEqual(Buffer.from(reader.value(tags.octets)), Buffer.from(octets));
      const padded = Buffer.alloc(40);
      padded.set(digits, 40 - digits.length);
      assert.deepEqual(reader.unsigned(40), padded);
      reader.end();
    }),
  );
});

test("one value has one encoding", () => {
  const refusals = [
    "048100", // a length that fits one byte, in two
    "04820001ff", // … in three
    "0480", // indefinite
    "0484000000", // cut off
    "0402ff", // cut off
    "",
  ];
  for (const bytes of refusals) assert.throws(() => new DerReader(hex(bytes)).value(tags.octets), NotDer, bytes);
  for (const bytes of ["0200", "020180", "02020001", "0202ff7f", "02050100000000"])
    assert.throws(() => new DerReader(hex(bytes)).unsigned(4), NotDer, bytes);
  assert.throws(() => new DerReader(hex("030207ff")).bits(), NotDer);
  assert.throws(() => new DerReader(hex("0400ff")).end(), NotDer);
});

test("hostile bytes are refused, never misread", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      for (const read of [readPublicKey, readPrivateKey])
        try {
          const { key, algorithm } = read(bytes);
          assert.ok(key.length + algorithm.length < bytes.length);
        } catch (error) {
          assert.ok(error instanceof NotDer);
        }
    }),
  );
});
