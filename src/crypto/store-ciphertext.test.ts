import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatStoreCiphertext, parseStoreCiphertext, type StoreCiphertext } from "./store-ciphertext.ts";

const parts = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes));
const text = fc.uint8Array({ minLength: 1, maxLength: 4300 }).map((bytes) => Buffer.from(bytes));
const keyId = fc.uuid();
const external = fc.record<StoreCiphertext>({
  kind: fc.constant("external"),
  keyId,
  iv: fc.oneof(parts(12), parts(16)),
  metadata: fc.integer({ min: 0, max: 20 }).chain(parts),
  tag: parts(16),
  ciphertext: text,
});
const token = fc.record<StoreCiphertext>({
  kind: fc.constant("token"),
  keyId,
  iv: parts(12),
  metadata: fc.constant(Buffer.alloc(0)),
  tag: parts(16),
  ciphertext: text,
});

test("the format is frozen", () => {
  const blob = formatStoreCiphertext({
    kind: "external",
    keyId: "01234567-89ab-cdef-0123-456789abcdef",
    iv: Buffer.alloc(12, 0xaa),
    metadata: Buffer.from("m"),
    tag: Buffer.alloc(16, 0xbb),
    ciphertext: Buffer.from("c"),
  });
  const drawn = ["01020200", "02", "01", "0123456789abcdef0123456789abcdef", "0c", "01", "aa".repeat(12), "6d"];
  assert.equal(blob.toString("hex"), [...drawn, "bb".repeat(16), "63"].join(""));
  assert.ok(blob.toString("base64").startsWith("AQICA"));
});

test("what is written is read again", () => {
  fc.assert(
    fc.property(fc.oneof(external, token), (written) => {
      const blob = formatStoreCiphertext(written);
      assert.deepEqual(parseStoreCiphertext(blob), { ...written });
      assert.equal(parseStoreCiphertext(blob.subarray(0, blob.length - written.ciphertext.length)), undefined);
    }),
  );
});

test("no bytes make the reader fail", () => {
  const start = Buffer.from("010202000201", "hex");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, begun) => {
      const parsed = parseStoreCiphertext(Buffer.concat([begun ? start : Buffer.alloc(0), bytes]));
      if (parsed) assert.ok(parsed.ciphertext.length > 0 && parsed.tag.length === 16 && parsed.metadata.length <= 20);
    }),
  );
});
