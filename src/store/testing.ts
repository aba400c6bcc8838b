import assert from "node:assert/strict";
import { test } from "node:test";
import { type Change, type Outcome, reference, type Row, type RowBody, type Store, type Submission } from "./store.ts";

/** A store under test. `reopen` closes it and opens what it wrote. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
  reopen(): Promise<Store>;
  /** The next commits fail after this long; "" and 0 end that. */
  fault(fault: { delayMs: number; fail: string }): void;
}

export const mac = (fill: number): Uint8Array => Buffer.alloc(32, fill);

export function row(kind: string, id: string, body: Partial<RowBody> & { version?: number } = {}): Row {
  const { version = 1, ...rest } = body;
  const whole = { scope: "s", parent: "", due: null, content: "{}", secret: null, ...rest };
  return { kind, id, ...whole, version, mac: mac(version) };
}

export function writing(made: Row): Change {
  const { kind, id, scope, parent, version } = made;
  return { kind, id, scope, parent, expect: version - 1, row: made };
}

export const removing = ({ kind, id, scope, parent, version }: Row): Change => ({
  kind,
  id,
  scope,
  parent,
  expect: version,
  row: null,
});

/** What was submitted and is left out here: nothing. */
export const submission = (store: Store, parts: Partial<Submission> = {}): Submission => ({
  changes: [],
  records: [],
  used: [],
  decidedAt: store.changeNumber,
  ...parts,
});

export const commit = (store: Store, parts: Partial<Submission> = {}): Promise<Outcome | Error> =>
  new Promise((resolve) => store.commit(submission(store, parts), resolve));

export const put = (store: Store, ...rows: Row[]): Promise<Outcome | Error> =>
  commit(store, { changes: rows.map(writing) });

const ids = (rows: readonly Row[]): string[] => rows.map(({ id }) => id);
const first = { after: "", limit: 100 };

/** The contract of store.ts: every implementation runs it, under its own name. */
export function readingConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  test(`${name}: a row is read as it was written, also after the store was opened again`, async () => {
    await using tested = await open();
    const written = row("key", "k1", {
      scope: "a/r",
      parent: "p",
      due: 7,
      content: '{"é":1}',
      secret: Buffer.of(1, 0),
    });
    assert.equal(await put(tested.store, written), "done");
    const check = (store: Store): void => {
      const found = store.get("key", "k1")!;
      assert.deepEqual({ ...found, secret: Buffer.from(found.secret!), mac: Buffer.from(found.mac) }, written);
      assert.equal(store.get("key", "k2"), undefined);
      assert.equal(store.get("alias", "k1"), undefined);
    };
    check(tested.store);
    check(await tested.reopen());
  });

  test(`${name}: lists are of one kind and one list, ordered by the bytes of the id, a page at a time`, async () => {
    await using tested = await open();
    const { store } = tested;
    const named = ["b", "a", "Z", "é", "\u{1f511}", "\uffee"];
    await put(store, ...named.map((id) => row("alias", id, { scope: "s1", parent: "k" })));
    await put(store, row("alias", "other", { scope: "s2", parent: "k2" }), row("key", "a", { scope: "s1" }));
    const ordered = ["Z", "a", "b", "é", "\uffee", "\u{1f511}"];
    assert.deepEqual(ids(store.listByScope("alias", "s1", first)), ordered);
    assert.deepEqual(ids(store.listByParent("alias", "k", first)), ordered);
    const pages: string[] = [];
    for (let after = ""; ; ) {
      const page = ids(store.listByScope("alias", "s1", { after, limit: 2 }));
      if (page.length === 0) break;
      pages.push(...page);
      after = page.at(-1)!;
    }
    assert.deepEqual(pages, ordered);
    assert.deepEqual(store.listByParent("key", "", first), []);
    assert.deepEqual([store.countByScope("alias", "s1"), store.countByParent("alias", "k2")], [6, 1]);
  });

  test(`${name}: what is due comes earliest first, and not before its date`, async () => {
    await using tested = await open();
    const { store } = tested;
    await put(store, row("key", "late", { due: 30 }), row("key", "soon", { due: 10 }), row("key", "never"));
    assert.deepEqual(ids(store.listDue(9, 10)), []);
    assert.deepEqual(ids(store.listDue(30, 10)), ["soon", "late"]);
    assert.deepEqual(ids(store.listDue(30, 1)), ["soon"]);
  });

  test(`${name}: a row that moves leaves the list it stood in`, async () => {
    await using tested = await open();
    const { store } = tested;
    const before = row("alias", "a", { scope: "s1", parent: "k1" });
    await put(store, before);
    const after = row("alias", "a", { scope: "s2", parent: "k2", version: 2 });
    await commit(store, { changes: [{ ...writing(after), scope: "s1", parent: "k1" }] });
    assert.deepEqual([store.listByScope("alias", "s1", first), store.listByParent("alias", "k1", first)], [[], []]);
    assert.deepEqual(ids(store.listByParent("alias", "k2", first)), ["a"]);
    await commit(store, { changes: [removing(after)] });
    assert.equal(store.get("alias", "a"), undefined);
    assert.deepEqual(store.listByScope("alias", "s2", first), []);
  });

  test(`${name}: the trail holds the records in the order of their commits, also after opening again`, async () => {
    await using tested = await open();
    const records = Array.from({ length: 40 }, (_, index) => `{"n":${index}}`);
    const outcomes = records.map((record) => commit(tested.store, { records: [record] }));
    assert.deepEqual(new Set(await Promise.all(outcomes)), new Set(["done"]));
    assert.deepEqual((await tested.store.trail.after(0, 100)).lines, records);
    assert.deepEqual((await (await tested.reopen()).trail.after(0, 100)).lines, records);
  });

  test(`${name}: the list that a row moved to or from is changed, and so is the row`, async () => {
    await using tested = await open();
    const { store } = tested;
    await put(store, row("alias", "a", { scope: "s1", parent: "k1" }));
    const decidedAt = store.changeNumber;
    const moved = row("alias", "a", { scope: "s1", parent: "k2", version: 2 });
    await commit(store, { changes: [{ ...writing(moved), parent: "k1" }] });
    const asked = [
      reference.row("alias", "a"),
      reference.byParent("alias", "k1"),
      reference.byParent("alias", "k2"),
      reference.byScope("alias", "s1"),
    ];
    for (const name of asked) assert.equal(await commit(store, { used: [name], decidedAt }), "again", name);
    for (const name of [reference.byParent("alias", "k3"), reference.row("alias", "b"), reference.byScope("key", "s1")])
      assert.equal(await commit(store, { used: [name], decidedAt }), "done", name);
  });
}
