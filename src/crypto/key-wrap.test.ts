import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutVectors, wycheproof } from "../../test/vectors.ts";
import { unwrapPadded } from "./key-wrap.ts";

const bytes = (value: unknown): Buffer => Buffer.from(String(value), "hex");

test("AES-KWP unwraps the published cases and refuses the forged ones", { skip: withoutVectors }, () => {
  let [opened, refused] = [0, 0];
  for (const { tests } of wycheproof("aes_kwp"))
    for (const { tcId, result, key, msg, ct } of tests) {
      const unwrapped = unwrapPadded(bytes(key), bytes(ct));
      // "acceptable" cases are wraps of less than a key, which may be refused or opened, but never wrongly.
      if (result === "invalid") assert.equal(unwrapped, undefined, `case ${tcId}`);
      else if (result === "valid" || unwrapped) assert.deepEqual(unwrapped, bytes(msg), `case ${tcId}`);
      if (unwrapped) opened += 1;
      else refused += 1;
    }
  assert.ok(opened > 20 && refused > 20, `${opened} opened, ${refused} refused`);
});

test("what is no wrap, or under no AES key, is refused", () => {
  for (const [key, wrapped] of [
    [32, 0],
    [32, 8],
    [32, 17],
    [31, 16],
    [32, 16],
  ] as const)
    assert.equal(unwrapPadded(Buffer.alloc(key), Buffer.alloc(wrapped)), undefined);
});
