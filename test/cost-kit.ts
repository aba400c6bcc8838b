import assert from "node:assert/strict";
import { lineOf } from "../src/audit/testing.ts";
import type { Cost } from "../src/meter/cost.ts";
import { claviger } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import type { TestServer } from "./kit.ts";

/** Moves the domain clock to a time in the future, such as `2031-01-01T00:30:00Z`. */
export const moveTo = (server: TestServer, time: string): Promise<void> =>
  advance(server, Date.parse(time) - server.house.clocks.domain());

/** `claviger cost … --json`. */
export async function costs(server: TestServer, ...args: string[]): Promise<Cost> {
  const { code, out, err } = await claviger(["cost", "--json", "--endpoint", server.url, ...args]);
  assert.equal(code, 0, err);
  return JSON.parse(out) as Cost;
}

export const usdOf = (cost: Cost, name: string): number => cost.rows.find((row) => row.name === name)?.usd ?? 0;

/** Sums of money agree to a millionth of a cent. */
export function assertUsd(found: number, wanted: number, what = ""): void {
  assert.ok(Math.abs(found - wanted) < 1e-8, `${what}: ${found} is not ${wanted}`);
}

type Members = Record<string, unknown>;

/** Puts calls on the trail that nobody made: `count` records of one account, alike or each its own. */
export async function written(
  server: TestServer,
  count: number,
  members: Members | ((index: number) => Members),
): Promise<void> {
  const own = typeof members === "function" ? members : () => members;
  const account = "000000000000";
  const userIdentity = { type: "Root", principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account };
  const records = Array.from({ length: count }, (_, index) => lineOf({ userIdentity, ...own(index) }));
  await new Promise<void>((resolve, reject) =>
    server.house.store.commit({ changes: [], records, used: [], decidedAt: 0 }, (outcome) =>
      outcome === "done" ? resolve() : reject(new Error(String(outcome))),
    ),
  );
}
