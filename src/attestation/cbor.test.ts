import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Cbor, decodeCbor, encodeCbor, NotCbor, Tagged } from "./cbor.ts";

const hex = (text: string): Cbor => decodeCbor(Buffer.from(text, "hex"));

/** RFC 8949, appendix A, as far as this reader goes. */
test("the examples of the RFC are read, and written as they stand", () => {
  const examples: readonly (readonly [string, Cbor])[] = [
    ["00", 0],
    ["17", 23],
    ["1818", 24],
    ["1903e8", 1000],
    ["1a000f4240", 1_000_000],
    ["1b000000e8d4a51000", 1_000_000_000_000],
    ["20", -1],
    ["3903e7", -1000],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["4401020304", Buffer.of(1, 2, 3, 4)],
    ["62c3bc", "ü"],
    ["64f0908591", "\u{10151}"],
    ["8301820203820405", [1, [2, 3], [4, 5]]],
    [
      "a26161016162820203",
      new Map<string, Cbor>([
        ["a", 1],
        ["b", [2, 3]],
      ]),
    ],
    ["c11a514b67b0", new Tagged(1, 1_363_896_240)],
  ];
  for (const [text, value] of examples) {
    assert.deepEqual(hex(text), value, text);
    assert.equal(encodeCbor(value).toString("hex"), text);
  }
});

test("what has another reading, or none, is refused", () => {
  const refused = [
    ["", "18", "1817", "190017", "1a0000ffff", "1b00000000ffffffff", "1bffffffffffffffff"],
    ["f7", "f8ff", "f93c00", "fb3ff199999999999a", "5f42010243030405ff", "9fff", "bf61610161629f0203ffff", "ff"],
    ["a2010201 03".replace(" ", ""), "a1f600", "a1410100", "62c328", "61ff", "4201", "820 1".replace(" ", ""), "0000"],
    [`${"81".repeat(9)}00`, `${"c1".repeat(9)}00`, "9bffffffffffffff00", "5b001fffffffffffff", "9a7fffffff"],
  ].flat();
  for (const text of refused) assert.throws(() => hex(text), NotCbor, text);
});

test("a list of too many is refused before it is built", () => {
  const many = Buffer.concat([Buffer.from("990800", "hex"), Buffer.alloc(2048)]);
  assert.throws(() => decodeCbor(many), NotCbor);
});

const value = fc.letrec<{ any: Cbor }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.integer(),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(null, true, false),
    fc.array(tie("any"), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.integer(), fc.string()), tie("any")), {
        maxLength: 5,
        selector: ([name]) => name,
      })
      .map((pairs) => new Map(pairs)),
  ),
})).any;

test("what is written is read again", () => {
  fc.assert(
    fc.property(value, (written) => {
      assert.deepEqual(decodeCbor(encodeCbor(written)), written);
    }),
  );
});

test("whatever is read has one encoding, and everything else is NotCbor", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (given) => {
      const bytes = Buffer.from(given);
      let read: Cbor;
      try {
        read = decodeCbor(bytes);
      } catch (error) {
        assert.ok(error instanceof NotCbor, String(error));
        return;
      }
      assert.deepEqual(encodeCbor(read), bytes);
    }),
    { numRuns: 3000 },
  );
});
