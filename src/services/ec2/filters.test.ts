import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AwsError } from "../../errors.ts";
import { compileFilters, type FilterFields } from "./filters.ts";

interface Thing {
  readonly name: string;
  readonly parts: readonly string[];
  readonly tags: readonly { Key: string; Value: string }[];
}

const fields: FilterFields<Thing> = { name: ({ name }) => name, part: ({ parts }) => parts };
const thing: Thing = { name: "web-1", parts: ["a", "b*c"], tags: [{ Key: "Team", Value: "Blue Sky" }] };
const passes = (...filters: [string, ...string[]][]) =>
  compileFilters(
    filters.map(([Name, ...Values]) => ({ Name, Values })),
    fields,
  )(thing);

test("filters: one of the values, all of the filters, letter case counts", () => {
  assert.equal(passes(), true);
  assert.equal(passes(["name", "db-1", "web-1"]), true);
  assert.equal(passes(["name", "WEB-1"]), false);
  assert.equal(passes(["name", "web-1"], ["part", "z"]), false);
  assert.equal(passes(["name", "web-1"], ["part", "a"]), true);
});

test("filters: wildcards, and signs that stand for themselves", () => {
  assert.equal(passes(["name", "web-?"]), true);
  assert.equal(passes(["name", "*"]), true);
  assert.equal(passes(["name", "w*b*1"]), true);
  assert.equal(passes(["name", "web"]), false);
  assert.equal(passes(["name", "w?b"]), false);
  assert.equal(passes(["part", "b\\*c"]), true);
  assert.equal(passes(["part", "b\\?c"]), false);
});

test("filters: tags by key, by key and value", () => {
  assert.equal(passes(["tag:Team", "Blue*"]), true);
  assert.equal(passes(["tag:team", "Blue*"]), false);
  assert.equal(passes(["tag-key", "Team"]), true);
  assert.equal(passes(["tag-key", "Owner"]), false);
});

test("filters: what the operation does not have is refused, as is too much", () => {
  for (const name of ["constructor", "nope", "__proto__", "tag", ""])
    assert.throws(
      () => passes([name, "x"]),
      (error) => error instanceof AwsError && error.code === "InvalidParameterValue",
    );
  assert.throws(() => passes(["name"]), /at least one value/);
  assert.throws(() => passes(["name", ...Array.from({ length: 201 }, String)]), { code: "FilterLimitExceeded" });
});

test("filters: a value without wildcards is equality, whatever it is", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (value, other) => {
      const escaped = value.replaceAll(/[\\*?]/g, "\\$&");
      const is = compileFilters([{ Name: "name", Values: [escaped] }], fields);
      assert.equal(is({ ...thing, name: value }), true);
      assert.equal(is({ ...thing, name: other }), other === value);
    }),
  );
});

test("filters: a pattern made to take for ever is given up", () => {
  const cruel = Array.from({ length: 200 }, () => `*${"a".repeat(500)}b`);
  const holds = compileFilters([{ Name: "name", Values: cruel }], fields);
  assert.throws(() => holds({ ...thing, name: "a".repeat(5000) }), { code: "RequestLimitExceeded" });
});
