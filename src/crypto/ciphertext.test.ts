import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { commitmentPlace, headerBytes, ivPlace, noncePlace, parseHeader } from "./ciphertext.ts";
import { canonicalContext } from "./encryption-context.ts";
import { deriveKey } from "./kdf.ts";
import { materialId } from "./material.ts";
import { type RandomSource, SymmetricMaterial } from "./symmetric.ts";
import { seal } from "./aead.ts";

/** Computed once by another implementation (Python's `cryptography`); a change of any byte breaks stored ciphertexts. */
interface Vector {
  readonly keyId: string;
  readonly material: string;
  readonly materialId: string;
  readonly nonce: string;
  readonly iv: string;
  readonly context: Readonly<Record<string, string>>;
  readonly message: string;
  readonly blob: string;
}

const vectors = JSON.parse(readFileSync(new URL("ciphertext-vectors.json", import.meta.url), "utf8")) as Vector[];
const hex = (text: string): Buffer => Buffer.from(text, "hex");

const materialOf = ({ keyId, material, materialId: id }: Vector, random?: RandomSource): SymmetricMaterial =>
  new SymmetricMaterial(keyId, id, hex(material), random);

function decrypt(material: SymmetricMaterial, blob: Buffer, context: Vector["context"]): Buffer | undefined {
  const header = parseHeader(blob);
  return header && material.decrypt(blob, header, canonicalContext(context));
}

test("the format is frozen: the same material, nonce and IV make the same bytes", () => {
  assert.ok(vectors.length > 0);
  for (const vector of vectors) {
    const random: RandomSource = (target, at) => {
      target.set(hex(at === noncePlace ? vector.nonce : vector.iv), at);
    };
    const blob = materialOf(vector, random).encrypt(hex(vector.message), canonicalContext(vector.context), 0);
    assert.equal(blob.toString("hex"), vector.blob);
    assert.equal(materialId(vector.keyId, hex(vector.material)), vector.materialId);
    assert.ok(blob.toString("base64").startsWith("AQICA"));
    assert.equal(parseHeader(blob)?.keyId, vector.keyId);
    assert.equal(parseHeader(blob)?.materialId, vector.materialId);
    assert.equal(decrypt(materialOf(vector), blob, vector.context)?.toString("hex"), vector.message);
  }
});

test("no bit of a ciphertext can be changed, none left out, none added", () => {
  const vector = vectors[1]!;
  const material = materialOf(vector);
  const blob = hex(vector.blob);
  for (let bit = 0; bit < blob.length * 8; bit++) {
    const changed = Buffer.from(blob);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    // The key id and the material id are looked up by their reader; here they are taken as they come, and must not open.
    assert.equal(decrypt(material, changed, vector.context), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < blob.length; length++)
    assert.equal(decrypt(material, blob.subarray(0, length), vector.context), undefined, `${length} bytes`);
  assert.equal(decrypt(material, Buffer.concat([blob, Buffer.of(0)]), vector.context), undefined);
});

test("fields of two ciphertexts cannot be exchanged", () => {
  const vector = vectors[1]!;
  const material = materialOf(vector);
  const message = Buffer.alloc(14, 1);
  const [one, two] = [0, 5000].map((now) => material.encrypt(message, canonicalContext(vector.context), now));
  const fields = [noncePlace, ivPlace, commitmentPlace, headerBytes, headerBytes + message.length, one!.length];
  fields.slice(0, -1).forEach((from, index) => {
    const mixed = Buffer.from(one!);
    two!.copy(mixed, from, from, fields[index + 1]);
    assert.equal(decrypt(material, mixed, vector.context), undefined, `from ${from}`);
  });
  assert.deepEqual(decrypt(material, one!, vector.context), message);
});

test("a ciphertext is committed to one key: a subkey that opens it under another material is refused", () => {
  const [first, second] = [vectors[1]!, { ...vectors[1]!, material: "ff".repeat(32) }];
  // Whoever knows both materials can make a body that both open; the commitment names only one of them.
  const blob = hex(first.blob);
  const start = blob.subarray(0, noncePlace);
  const nonce = blob.subarray(noncePlace, ivPlace);
  const subkey = deriveKey(hex(second.material), "claviger encrypt v1", Buffer.concat([start, nonce]), 64);
  const header = blob.subarray(0, headerBytes);
  const body = seal(subkey.subarray(0, 32), blob.subarray(ivPlace, commitmentPlace), header, Buffer.from("other"));
  const forged = Buffer.concat([header, body]);
  assert.equal(decrypt(materialOf(second), forged, {}), undefined);
  assert.equal(decrypt(materialOf(first), forged, {}), undefined);
  subkey.copy(forged, commitmentPlace, 32);
  assert.equal(decrypt(materialOf(second), forged, {}), undefined, "the commitment is associated data too");
});

test("a subkey is renewed every second in use, when the clock goes back, and after 2^20 messages", () => {
  const material = materialOf(vectors[0]!);
  const nonceAt = (now: number): string =>
    material.encrypt(Buffer.of(1), Buffer.alloc(0), now).toString("hex", noncePlace, ivPlace);
  const first = nonceAt(1000);
  assert.equal(nonceAt(1999), first);
  const second = nonceAt(2000);
  assert.notEqual(second, first);
  const third = nonceAt(1500);
  assert.notEqual(third, second);
  const ivs = new Set<string>();
  for (let count = 0; count < 1000; count++)
    ivs.add(material.encrypt(Buffer.of(1), Buffer.alloc(0), 1500).toString("hex", ivPlace, commitmentPlace));
  assert.equal(ivs.size, 1000);
});

test("a material that was forgotten is of no use", () => {
  const vector = vectors[1]!;
  const material = materialOf(vector);
  material.forget();
  assert.equal(decrypt(material, hex(vector.blob), vector.context), undefined);
});
