import assert from "node:assert/strict";
import { test } from "node:test";
import { Counts } from "./counts.ts";
import type { Entity } from "./entities.ts";
import { KeptLists } from "./kept-lists.ts";
import { type Change, reference, type Row } from "./store.ts";

const change = (expect: number, scope: string, next: string | null): Change => ({
  kind: "k",
  id: "i",
  scope,
  parent: "p",
  expect,
  row: next === null ? null : ({ kind: "k", id: "i", scope: next, parent: "p" } as Row),
});

test("a list's length is counted once and follows what is committed", () => {
  const counts = new Counts();
  let counted = 0;
  const length = (scope: string) => counts.of(reference.byScope("k", scope), () => ++counted && 5);
  assert.equal(length("a"), 5);
  counts.follow([]);
  counts.follow([change(0, "a", "a"), change(0, "a", "a"), change(1, "a", null)]);
  assert.equal(length("a"), 6);
  assert.equal(length("b"), 5);
  counts.follow([]);
  counts.follow([change(3, "a", "b")]);
  assert.deepEqual([length("a"), length("b"), counted], [5, 6, 2]);
});

test("a length counted while a batch is being written is counted again when that batch touches it", () => {
  const counts = new Counts();
  const name = reference.byScope("k", "a");
  assert.equal(
    counts.of(name, () => 1),
    1,
  );
  counts.follow([change(0, "a", "a")]);
  assert.equal(
    counts.of(name, () => 1),
    1,
  );
});

test("a kept page is read again after a commit to its list, and only then", () => {
  const lists = new KeptLists();
  let reads = 0;
  const read = (): Entity<unknown>[] => {
    reads += 1;
    return [];
  };
  const page = (scope: string, after = "", limit = 1) => lists.page("k", scope, { after, limit }, read);
  page("a");
  page("a");
  assert.equal(reads, 1);
  page("a", "", 2);
  page("b");
  assert.equal(reads, 3);
  lists.forget([change(1, "a", "b")]);
  page("a");
  page("b");
  assert.equal(reads, 5);
  page("a", "x");
  page("a", "x");
  page("c", "", 500);
  page("c", "", 500);
  assert.equal(reads, 9);
});
