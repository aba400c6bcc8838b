import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, Store, Submission } from "../store.ts";
import { commit, put, removing, row, type StoreUnderTest, submission, writing } from "../testing.ts";

/** Submits all at once; the outcomes in the order of the submissions. */
const together = (store: Store, parts: readonly Partial<Submission>[]): Promise<(Outcome | Error)[]> =>
  Promise.all(parts.map((part) => commit(store, part)));

/** The half of the contract that is about writing. */
export function writingConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  test(`${name}: a change whose expectation does not hold changes nothing and records nothing`, async () => {
    await using tested = await open();
    const { store } = tested;
    assert.equal(await put(store, row("key", "k")), "done");
    const again = writing(row("key", "k", { content: '{"second":1}' }));
    const beside = writing(row("key", "beside"));
    assert.equal(await commit(store, { changes: [beside, again], records: ['{"n":1}'] }), "conflict");
    assert.equal(store.get("key", "beside"), undefined);
    assert.equal(store.get("key", "k")!.content, "{}");
    assert.deepEqual((await store.trail.after(0, 10)).lines, []);
    assert.equal(await commit(store, { changes: [removing(row("key", "k", { version: 2 }))] }), "conflict");
    assert.equal(await commit(store, { changes: [removing(row("key", "none"))] }), "conflict");
    assert.equal(await commit(store, { changes: [removing(row("key", "k"))] }), "done");
    assert.equal(await put(store, row("key", "k")), "done", "an id may be used again");
  });

  test(`${name}: of many who change one row at once, one does`, async () => {
    await using tested = await open();
    const { store } = tested;
    await put(store, row("key", "k"));
    const second = row("key", "k", { version: 2 });
    const outcomes = await together(
      store,
      Array.from({ length: 20 }, () => ({ changes: [writing(second)] })),
    );
    assert.equal(outcomes.filter((outcome) => outcome === "done").length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === "conflict").length, 19);
  });

  test(`${name}: who used what has been changed since must decide again, before and within a batch`, async () => {
    await using tested = await open();
    const { store } = tested;
    await put(store, row("key", "k"));
    const decidedAt = store.changeNumber;
    const used = ["key=k"];
    assert.equal(await commit(store, { used, decidedAt }), "done");
    // In one batch, in order: the first sees the old row, the third comes after the change.
    const [before, change, after, other] = await together(store, [
      { used, decidedAt, records: ['{"n":"before"}'] },
      { changes: [writing(row("key", "k", { version: 2 }))] },
      { used, decidedAt, records: ['{"n":"after"}'] },
      { used: ["key=other"], decidedAt, records: ['{"n":"other"}'] },
    ]);
    assert.deepEqual([before, change, after, other], ["done", "done", "again", "done"]);
    assert.equal(await commit(store, { used, decidedAt }), "again");
    assert.equal(await commit(store, { used }), "done", "decided anew");
    assert.deepEqual((await store.trail.after(0, 10)).lines, ['{"n":"before"}', '{"n":"other"}']);
  });

  test(`${name}: the number of the last change moves with changes only, and never back`, async () => {
    await using tested = await open();
    const start = tested.store.changeNumber;
    await commit(tested.store, { records: ["{}"] });
    assert.equal(tested.store.changeNumber, start);
    await put(tested.store, row("key", "k"));
    assert.ok(tested.store.changeNumber > start);
  });

  test(`${name}: listeners hear of a change after it can be read and before it is answered`, async () => {
    await using tested = await open();
    const { store } = tested;
    const heard: string[] = [];
    store.onChange((changed) => {
      for (const { kind, id } of changed) heard.push(`${kind}=${id} ${store.get(kind, id) !== undefined}`);
    });
    await new Promise<void>((resolve) =>
      store.commit(submission(store, { changes: [writing(row("key", "k"))] }), () => {
        heard.push("answered");
        resolve();
      }),
    );
    await commit(store, { changes: [writing(row("key", "k"))] });
    assert.deepEqual(heard, ["key=k true", "answered"]);
  });

  test(`${name}: a failed transaction leaves nothing, says why, and the next one works`, async () => {
    await using tested = await open();
    await put(tested.store, row("key", "k"));
    const { changeNumber } = tested.store;
    tested.fault({ delayMs: 0, fail: "the disk has gone" });
    const failed = await together(tested.store, [
      { changes: [writing(row("key", "new"))], records: ['{"n":1}'] },
      { records: ['{"n":2}'] },
    ]);
    for (const outcome of failed) assert.match(String(outcome), /the disk has gone/);
    assert.match(tested.store.unready ?? "", /the disk has gone/);
    assert.equal(tested.store.changeNumber, changeNumber);
    tested.fault({ delayMs: 0, fail: "" });
    assert.equal(await commit(tested.store, { records: ['{"n":3}'] }), "done");
    assert.equal(tested.store.unready, undefined);
    const store = await tested.reopen();
    assert.equal(store.get("key", "new"), undefined);
    assert.deepEqual((await store.trail.after(0, 10)).lines, ['{"n":3}']);
  });

  test(`${name}: closing waits for what was submitted`, async () => {
    await using tested = await open();
    tested.fault({ delayMs: 50, fail: "" });
    const outcomes = [1, 2, 3].map((n) => put(tested.store, row("key", `k${n}`)));
    const store = await tested.reopen();
    assert.deepEqual(await Promise.all(outcomes), ["done", "done", "done"]);
    assert.deepEqual(
      [1, 2, 3].map((n) => store.get("key", `k${n}`)?.id),
      ["k1", "k2", "k3"],
    );
  });
}
