import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { checkpointPublicKey } from "../../audit/chain.ts";
import { segmentRecords } from "../../audit/segment.ts";
import { keyArn, lineOf } from "../../audit/testing.ts";
import { type Verdict, verifyTrail } from "../../audit/verify.ts";
import { openSqliteStore, type SqliteStore } from "../sqlite.ts";
import { TrailReader } from "./reader.ts";

const seed = randomBytes(32);

async function written(store: SqliteStore, lines: readonly string[]): Promise<void> {
  for (let at = 0; at < lines.length; at += 100)
    await Promise.all(
      lines
        .slice(at, at + 100)
        .map(
          (line) =>
            new Promise<void>((resolve, reject) =>
              store.commit({ changes: [], records: [line], used: [], decidedAt: 0 }, (outcome) =>
                outcome === "done" ? resolve() : reject(new Error(String(outcome))),
              ),
            ),
        ),
    );
}

function verdictOf(folder: string): Verdict {
  using reader = new TrailReader(join(folder, "claviger.db"));
  const publicKey = checkpointPublicKey(seed);
  return verifyTrail({ batches: reader.batches(), checkpoints: reader.checkpoints(), publicKey });
}

/** Every record has a number of its own in `userAgent`; the fifth of seven names is "bob". */
const lines = Array.from({ length: segmentRecords * 2 + 700 }, (_, index) =>
  lineOf({
    userAgent: String(index + 1),
    eventName: index % 7 === 5 ? "Decrypt" : "Encrypt",
    recipientAccountId: index % 11 === 3 ? "111122223333" : "000000000000",
    resources: [{ accountId: "000000000000", type: "AWS::KMS::Key", ARN: keyArn(`k${index % 100}`) }],
    eventTime: new Date(1.75e12 + index * 1000).toISOString().slice(0, 19) + "Z",
  }),
);

async function filled(): Promise<{ folder: string; [Symbol.dispose](): void }> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-trail-"));
  const store = await openSqliteStore({ folder, seed });
  await written(store, lines);
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const segments = () => {
    using reader = new TrailReader(store.path);
    return [...reader.rows("segments")].length;
  };
  await until(() => segments() >= 1);
  await store.close();
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

describe("the trail, partly closed", () => {
  test("gives every record in order, and finds by every attribute, newest first, page by page", async () => {
    using trail = await filled();
    const store = await openSqliteStore({ folder: trail.folder, seed });
    const agents: number[] = [];
    for (let after = 0; ; ) {
      const portion = await store.trail.after(after, 1000);
      agents.push(...portion.lines.map((line) => Number((JSON.parse(line) as { userAgent: string }).userAgent)));
      if (portion.lines.length === 0) break;
      after = portion.next;
    }
    assert.deepEqual(
      agents,
      lines.map((_, index) => index + 1),
    );
    const query = { account: "000000000000", region: "eu-west-1" };
    const wanted = lines
      .map((line, index) => ({ line, number: index + 1 }))
      .filter(({ line }) => line.includes('"eventName":"Decrypt"') && !line.includes("111122223333"))
      .reverse();
    const found: { line: string; number: number }[] = [];
    for (let before = Infinity; ; ) {
      const attribute = { name: "EventName", value: "Decrypt" } as const;
      const page = await store.trail.find({ ...query, attribute, limit: 50, ...(before < Infinity && { before }) });
      if (page.length === 0) break;
      found.push(...page);
      before = page.at(-1)!.number;
    }
    assert.deepEqual(found, wanted);
    for (const number of [1, 64, 65, segmentRecords, segmentRecords + 1, lines.length]) {
      const { eventID, recipientAccountId, eventTime } = JSON.parse(lines[number - 1]!) as Record<string, string>;
      const attribute = { name: "EventId", value: eventID! } as const;
      const own = { account: recipientAccountId!, region: "eu-west-1" };
      const [one, ...more] = await store.trail.find({ ...own, attribute, limit: 2 });
      assert.deepEqual([one, more], [{ number, line: lines[number - 1] }, []]);
      assert.deepEqual(await store.trail.find({ ...own, account: "444455556666", attribute, limit: 2 }), []);
      const moment = { from: eventTime!, until: eventTime! };
      assert.equal((await store.trail.find({ ...own, ...moment, limit: 9 })).length, 1);
    }
    const byKey = await store.trail.find({ ...query, attribute: { name: "ResourceName", value: "k42" }, limit: 500 });
    assert.ok(byKey.length > 50 && byKey.every(({ line }) => line.includes(`${keyArn("k42")}"`)));
    await store.close();
  });

  test("verifies; a changed, removed or reordered record, open or closed, is found", async () => {
    using trail = await filled();
    assert.deepEqual(verdictOf(trail.folder).problems, []);
    assert.equal(verdictOf(trail.folder).records, lines.length);
    assert.equal(verdictOf(trail.folder).unsigned, 0);
    const tampered = (sql: string) => {
      const database = new DatabaseSync(join(trail.folder, "claviger.db"));
      database.exec("BEGIN");
      database.exec(sql);
      database.exec("COMMIT");
      const { problems } = verdictOf(trail.folder);
      database.close();
      assert.notDeepEqual(problems, [], sql);
      return problems;
    };
    assert.match(
      tampered("DELETE FROM trail WHERE batch = (SELECT max(batch) FROM trail)").at(-1)!,
      /a checkpoint signed batch \d+, and the trail ends at batch \d+/,
    );
    tampered("UPDATE trail SET records = replace(records, 'Decrypt', 'Encrypt') WHERE batch % 2 = 0");
    tampered("UPDATE block SET data = (SELECT data FROM block WHERE block = 3) WHERE block = 2");
    tampered("DELETE FROM segment WHERE segment = 1");
  });
});
