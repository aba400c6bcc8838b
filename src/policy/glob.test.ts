import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { glob, literal, matches, PolicyTooCostly, startCounting, stepsMost } from "./glob.ts";

/** The definition, as slowly as it reads. */
function defined(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const rest = pattern.slice(1);
  if (pattern[0] === "*") return defined(rest, text) || (text !== "" && defined(pattern, text.slice(1)));
  return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && defined(rest, text.slice(1));
}

test("a pattern matches what its definition says", () => {
  const letters = (alphabet: string, maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...alphabet.split("")), maxLength });
  fc.assert(
    fc.property(letters("ab*?", 8), letters("ab", 10), (pattern, text) => {
      startCounting();
      assert.equal(matches(glob(pattern), text), defined(pattern, text));
    }),
    { numRuns: 5000 },
  );
});

test("literal text matches itself alone, whatever it holds", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (text, other) => matches(literal(text), other) === (text === other)));
  assert.ok(matches(literal("*?"), "*?"));
  assert.ok(!matches(literal("*"), "anything"));
});

test("twenty-six stars against a long value end quickly; a decision's steps are bounded", () => {
  startCounting();
  assert.ok(!matches(glob(`${"a*".repeat(26)}b`), "a".repeat(400)));
  const text = "a".repeat(100_000);
  assert.throws(() => {
    for (let index = 0; index < 100; index++) matches(glob(`*${"a".repeat(2000)}b*`), text);
  }, PolicyTooCostly);
  startCounting();
  assert.ok(matches(glob("a*"), "ab"));
  assert.ok(stepsMost > 1_000_000);
});
