import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutVectors, wycheproof, type WycheproofCase } from "../../test/vectors.ts";
import { open, seal } from "./aead.ts";
import { FixedHmac } from "./kdf.ts";

const skip = withoutVectors;
const bytes = (value: unknown): Buffer => Buffer.from(String(value), "hex");

function cases(name: string, wanted: (group: Readonly<Record<string, unknown>>) => boolean): WycheproofCase[] {
  const found = wycheproof(name)
    .filter(wanted)
    .flatMap(({ tests }) => tests);
  assert.ok(found.length > 0);
  return found;
}

test("AES-256-GCM-SIV seals and opens the published cases, and refuses the forged ones", { skip }, () => {
  for (const { tcId, result, key, iv, aad, msg, ct, tag } of cases("aes_gcm_siv", ({ keySize }) => keySize === 256)) {
    const sealed = Buffer.concat([bytes(ct), bytes(tag)]);
    const opened = open(bytes(key), bytes(iv), bytes(aad), sealed);
    if (result === "invalid") assert.equal(opened, undefined, `case ${tcId}`);
    else {
      assert.deepEqual(opened, bytes(msg), `case ${tcId}`);
      assert.deepEqual(seal(bytes(key), bytes(iv), bytes(aad), bytes(msg)), sealed, `case ${tcId}`);
    }
  }
});

test("HMAC-SHA256 of two one-shot hashes agrees with the published cases", { skip }, () => {
  for (const { tcId, result, key, msg, tag } of cases("hmac_sha256", () => true)) {
    const mac = FixedHmac.of(bytes(key)).mac(bytes(msg));
    const equal = mac.subarray(0, bytes(tag).length).equals(bytes(tag));
    assert.equal(equal, result === "valid", `case ${tcId}`);
  }
});

test("HMAC of a text is the HMAC of its UTF-8 bytes, short or long", () => {
  const key = FixedHmac.of(Buffer.alloc(100, 7));
  for (const text of ["", "abc", "schlüssel 🔑", "x".repeat(70_000), "é".repeat(70_000)])
    assert.deepEqual(key.macOf(text), key.mac(Buffer.from(text)));
});
