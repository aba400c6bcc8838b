import assert from "node:assert/strict";
import { hash, randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { checkpointPublicKey } from "../../audit/chain.ts";
import { segmentRecords } from "../../audit/segment.ts";
import { lineOf } from "../../audit/testing.ts";
import { openSqliteStore, type SqliteStore } from "../sqlite.ts";
import { commit, put, row } from "../testing.ts";
import { TrailReader } from "./reader.ts";
import * as testing from "./testing.ts";
import { verifyDatabase } from "./verify.ts";

const seed = randomBytes(32);
const publicKey = checkpointPublicKey(seed);

/** A hand in the database of a service that has ended: SQL, or what needs more than that. */
type Hand = string | ((database: DatabaseSync) => void);

const all = "DELETE FROM trail; DELETE FROM segment; DELETE FROM block; DELETE FROM posting; DELETE FROM bucket";
const last = "(SELECT max(batch) FROM trail)";

const hands: Readonly<Record<string, Hand>> = {
  "a record is changed": `UPDATE trail SET records = replace(records, 'Encrypt', 'Decrypt') WHERE batch = ${last}`,
  "a batch is removed": `DELETE FROM trail WHERE batch = ${last} - 3`,
  "the newest batch is removed": `DELETE FROM trail WHERE batch = ${last}`,
  "the newest batch and the checkpoints of it are removed": `DELETE FROM checkpoint WHERE batch > ${last} - 9; DELETE FROM trail WHERE batch > ${last} - 9`,
  "everything is removed": `${all}; DELETE FROM checkpoint`,
  "everything is removed, and the state is made as in an empty store": `${all}; DELETE FROM checkpoint; DELETE FROM row; UPDATE state SET digest = zeroblob(32)`,
  "two batches change places": testing.exchangeNewest,
  "a batch counts more records than it has": `UPDATE trail SET count = count + 1 WHERE batch = ${last}`,
  "a batch begins elsewhere": `UPDATE trail SET first = first + 1 WHERE batch = ${last}`,
  "a batch has another hash": `UPDATE trail SET hash = zeroblob(32) WHERE batch = ${last}`,
  "a batch that was closed is put in again": "INSERT INTO trail VALUES (7, 7, 1, '{}', zeroblob(32), zeroblob(32))",
  "a batch is appended with a hash that fits": testing.appendBatch,
  "a batch is appended, and no checkpoint is left": (database) => {
    testing.appendBatch(database);
    database.exec("DELETE FROM checkpoint");
  },
  "the newest record is changed, with every hash after it, and the checkpoints that knew are removed":
    testing.rewriteNewest,
  "a checkpoint has another signature": `UPDATE checkpoint SET signature = zeroblob(64)`,
  "a checkpoint is of another batch": `UPDATE checkpoint SET batch = batch + 1 WHERE batch = (SELECT max(batch) FROM checkpoint)`,
  "a checkpoint is signed by another key": testing.foreignCheckpoint,
  "a checkpoint is taken for a pruning, and what it covers is removed": testing.pruneByCheckpoint,
  "a segment is removed": "DELETE FROM segment WHERE segment = 1",
  "a segment has another number": "UPDATE segment SET segment = 9 WHERE segment = 1",
  "a segment says that it is of another time": `UPDATE segment SET "until" = '2000-01-01T00:00:00Z'`,
  "a segment says that it begins later": `UPDATE segment SET "from" = '2100-01-01T00:00:00Z'`,
  "a segment says that another hash was before it": "UPDATE segment SET previous = randomblob(32)",
  "a segment has another hash": "UPDATE segment SET hash = zeroblob(32)",
  "a segment says that it has more records": "UPDATE segment SET records = records + 1",
  "a segment says that it has fewer records": "UPDATE segment SET records = records - 1",
  "a segment says that it has more batches": "UPDATE segment SET batches = batches + 1",
  "a segment says that it begins at another record": "UPDATE segment SET first = first + 1",
  "a segment begins at another batch": "UPDATE segment SET firstBatch = firstBatch + 1",
  "a segment's batches are others": (database) =>
    database.prepare("UPDATE segment SET heads = ?").run(zstdCompressSync(Buffer.alloc(segmentRecords / 2, 2))),
  "a block is removed": "DELETE FROM block WHERE block = 5",
  "a block is another's": "UPDATE block SET data = (SELECT data FROM block WHERE block = 3) WHERE block = 2",
  "two blocks change places":
    "UPDATE block SET block = 999 WHERE block = 2; UPDATE block SET block = 2 WHERE block = 3; UPDATE block SET block = 3 WHERE block = 999",
  "a block is no block": "UPDATE block SET data = zeroblob(100) WHERE block = 2",
  "a block more": "INSERT INTO block SELECT segment, 9999, data FROM block WHERE block = 1",
  "a record goes from one block to the one before, so that it is found by nobody": testing.moveLine,
  "a posting is removed": "DELETE FROM posting WHERE term = (SELECT min(term) FROM posting)",
  "a posting is shorter": "UPDATE posting SET records = substr(records, 2)",
  "a posting more": "INSERT INTO posting VALUES (zeroblob(16), 1, x'00')",
  "a posting is of another segment": "UPDATE posting SET segment = 0",
  "a bucket is removed": "DELETE FROM bucket WHERE bucket = (SELECT min(bucket) FROM bucket)",
  "a bucket is another's": "UPDATE bucket SET events = (SELECT events FROM bucket ORDER BY bucket LIMIT 1)",
  "a bucket more": "INSERT INTO bucket VALUES (9999, 1, x'00')",
  "a trigger keeps what is destroyed":
    "CREATE TABLE kept (secret BLOB); CREATE TRIGGER keeps AFTER DELETE ON row BEGIN INSERT INTO kept VALUES (OLD.secret); END",
  "a trigger that vouches for the trail is removed": "DROP TRIGGER trail_ends",
  "a row is removed": "DELETE FROM row WHERE id = 'b'",
  "a row is removed, and the sum made to fit": testing.removeRow,
  "a row is put in":
    "INSERT INTO row SELECT kind, 'c', scope, parent, due, version, content, secret, mac FROM row LIMIT 1",
  "a row's MAC is another": "UPDATE row SET mac = zeroblob(32) WHERE id = 'a'",
  "a row is changed": "UPDATE row SET content = '{\"evil\":true}' WHERE id = 'a'",
  "the sum is another": "UPDATE state SET digest = zeroblob(32)",
  "the state is removed": "DELETE FROM state",
  "the state's MAC is removed": "UPDATE state SET mac = zeroblob(0)",
};

describe("a hand in the database is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "claviger-tampering-"));
  const [kept, path] = [join(folder, "kept.db"), join(folder, "claviger.db")];
  before(async () => {
    // Each life ends with a checkpoint, whatever the time between.
    for (const life of [fill, (store: SqliteStore) => commit(store, { records: [lineOf()] })]) {
      const store = await openSqliteStore({ folder, seed });
      await life(store);
      await store.close();
    }
    copyFileSync(path, kept);
  });
  after(() => rmSync(folder, { recursive: true }));

  const problemsIn = (): readonly string[] => {
    using reader = new TrailReader(path);
    return verifyDatabase(reader, { publicKey, seed, macOf: ({ content }) => macOf(content) }).problems;
  };

  test("none where none was", () => {
    assert.deepEqual(problemsIn(), []);
    using reader = new TrailReader(path);
    assert.deepEqual(verifyDatabase(reader, { publicKey }).problems, [], "under the public key alone");
    assert.ok([...reader.rows("segments")].length > 0);
  });

  const tamper = (hand: Hand): void => {
    copyFileSync(kept, path);
    using database = new DatabaseSync(path);
    if (typeof hand === "string") database.exec(`BEGIN; ${hand}; COMMIT`);
    else hand(database);
  };

  for (const [name, hand] of Object.entries(hands))
    test(name, () => {
      tamper(hand);
      assert.notDeepEqual(problemsIn(), []);
    });

  test("what no checkpoint has signed for long is not believed by who has the public key alone", () => {
    tamper("DELETE FROM checkpoint WHERE batch = (SELECT max(batch) FROM checkpoint)");
    using reader = new TrailReader(path);
    const signedAt = reader.checkpoints().at(-1)!.at;
    const problems = (now: number) => verifyDatabase(reader, { publicKey, now }).problems;
    assert.deepEqual(problems(signedAt + 1000), []);
    assert.match(problems(signedAt + 60_000).join(), /records are signed by no checkpoint/);
    assert.deepEqual(verifyDatabase(reader, { publicKey, seed, now: signedAt + 60_000 }).problems, []);
  });

  for (const name of [
    "a batch is appended with a hash that fits",
    "the newest batch is removed",
    "the sum is another",
    "a trigger keeps what is destroyed",
  ])
    test(`${name}: the store does not open, so that nobody signs it`, async () => {
      tamper(hands[name]!);
      await assert.rejects(openSqliteStore({ folder, seed }), /was changed outside Claviger/);
    });
});

const macOf = (content: string): Buffer => hash("sha256", content, "buffer");

async function fill(store: SqliteStore): Promise<void> {
  const made = ["a", "b"].map((id) => ({ ...row("key", id, { content: `{"id":"${id}"}` }) }));
  await put(store, ...made.map((one) => ({ ...one, mac: macOf(one.content) })));
  for (let at = 0; at < segmentRecords * 1.6; at += 64)
    await Promise.all(Array.from({ length: 64 }, () => commit(store, { records: [lineOf()] })));
  for (;;) {
    using reader = new TrailReader(store.path);
    if (reader.row("lastSegment")) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
