import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trail } from "../audit/trail.ts";
import { readWindow } from "./window.ts";

const account = "111122223333";
const last = 700;

/** A trail whose records before `oldest` were pruned. */
const trailFrom = (oldest: number): Trail =>
  ({
    after: async (after: number, limit: number) => {
      const first = Math.max(after + 1, oldest);
      const next = Math.min(last, first + limit - 1);
      const lines = Array.from({ length: next - first + 1 }, (_, index) =>
        JSON.stringify({ eventID: String(first + index), recipientAccountId: account }),
      );
      return { lines, next };
    },
  }) as unknown as Trail;

test("every line has its own number, behind a pruned part as well", async () => {
  for (const oldest of [1, 301]) {
    const { until, lines } = await readWindow(trailFrom(oldest), 0, last, () => true);
    assert.equal(until, last);
    const read = lines.get(account) ?? [];
    assert.equal(read.length, last - oldest + 1);
    for (const { number, record } of read) assert.equal(String(number), (record as { eventID?: string }).eventID);
  }
});
