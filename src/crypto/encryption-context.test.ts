import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalContext } from "./encryption-context.ts";

const context = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { maxKeys: 6 });

/** What is authenticated is UTF-8: a lone surrogate is the replacement character there. */
const utf8 = (pairs: Readonly<Record<string, string>>): string =>
  JSON.stringify(
    Object.entries(pairs)
      .map((pair) => pair.map((text) => Buffer.from(text).toString("hex")))
      .sort((a, b) => (a.join() < b.join() ? -1 : 1)),
  );

test("absent and empty are the same, and the order of pairs does not matter", () => {
  assert.equal(canonicalContext(undefined).length, 0);
  assert.equal(canonicalContext({}).length, 0);
  fc.assert(
    fc.property(context, (pairs) => {
      const turned = Object.fromEntries(Object.entries(pairs).reverse());
      assert.deepEqual(canonicalContext(turned), canonicalContext(pairs));
    }),
  );
});

test("two different contexts are never the same bytes", () => {
  fc.assert(
    fc.property(context, context, (one, two) => {
      assert.equal(canonicalContext(one).equals(canonicalContext(two)), utf8(one) === utf8(two));
    }),
  );
  for (const [one, two] of [
    [{ ab: "c" }, { a: "bc" }],
    [{ a: "", b: "" }, { a: "b" }],
    [{ "": "a" }, { a: "" }],
  ] as const)
    assert.notDeepEqual(canonicalContext(one), canonicalContext(two));
});
