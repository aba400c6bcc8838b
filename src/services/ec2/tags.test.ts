import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedTags, tagsSpecified, withoutTags, withTags } from "./tags.ts";

const tag = (Key: string, Value = "") => ({ Key, Value });

test("tags: what AWS refuses", () => {
  const refused = (tags: object[], message: RegExp) =>
    assert.throws(() => checkedTags(tags), { code: "InvalidParameterValue", message });
  refused([tag("aws:x")], /reserved/);
  refused([tag("AWS:x")], /reserved/);
  refused([tag("")], /empty/);
  refused([{ Value: "x" }], /null/);
  refused([tag("a"), tag("a")], /Duplicate tag key 'a'/);
  refused([tag("k".repeat(129))], /128/);
  refused([tag("k", "v".repeat(257))], /256/);
  assert.throws(() => checkedTags(Array.from({ length: 51 }, (_, n) => tag(`k${n}`))), { code: "TagLimitExceeded" });
  assert.deepEqual(checkedTags([{ Key: "a" }, tag("A", "x")]), [tag("a"), tag("A", "x")]);
});

test("tags: specifications by the kinds that an operation makes", () => {
  const given = [
    { ResourceType: "volume", Tags: [tag("a", "1")] },
    { ResourceType: "instance", Tags: [tag("a", "2")] },
    { ResourceType: "volume", Tags: [tag("b", "3")] },
  ];
  assert.deepEqual(tagsSpecified(given, "volume", "instance"), {
    volume: [tag("a", "1"), tag("b", "3")],
    instance: [tag("a", "2")],
  });
  assert.throws(() => tagsSpecified(given, "volume"), /'instance' is not a valid taggable resource type/);
  assert.throws(() => tagsSpecified([{ ResourceType: "volume", Tags: [] }], "volume"), /at least one tag/);
  assert.throws(() => tagsSpecified([{ Tags: [tag("a")] }], "volume"), /must have a value/);
  assert.throws(() => tagsSpecified([given[0]!, given[0]!], "volume"), /Duplicate/);
});

test("tags: set and taken away", () => {
  const before = [tag("a", "1"), tag("b", "2")];
  assert.deepEqual(withTags(before, [tag("a", "9")]), [tag("b", "2"), tag("a", "9")]);
  assert.throws(
    () =>
      withTags(
        before,
        Array.from({ length: 49 }, (_, n) => tag(`k${n}`)),
      ),
    { code: "TagLimitExceeded" },
  );
  assert.deepEqual(withoutTags(before, [{ Key: "a" }, tag("b", "x")]), [tag("b", "2")]);
  assert.deepEqual(withoutTags(before, [tag("b", "2")]), [tag("a", "1")]);
});
