import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "./sqlite.ts";
import { commit, put, readingConformance, row, type StoreUnderTest } from "./testing.ts";
import { writingConformance } from "./writing/testing.ts";

async function open(): Promise<StoreUnderTest & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-store-"));
  const settings = { folder, seed: Buffer.alloc(32, 1), faults: true };
  let store = await openSqliteStore(settings);
  return {
    folder,
    get store() {
      return store;
    },
    reopen: async () => {
      await store.close();
      return (store = await openSqliteStore(settings));
    },
    fault: (fault) => store.fault(fault),
    [Symbol.asyncDispose]: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

readingConformance("SQLite", open);
writingConformance("SQLite", open);

test("a folder has one server: a second one is told who holds it", async () => {
  await using tested = await open();
  const second = openSqliteStore({ folder: tested.folder, seed: Buffer.alloc(32, 1) });
  await assert.rejects(second, {
    name: "OperatorError",
    message: `Cannot open the store at "${tested.folder}": it is locked by process ${process.pid}`,
  });
  await put(tested.store, row("key", "k"));
});

test("nobody else can read the folder's files", async () => {
  await using tested = await open();
  await put(tested.store, row("key", "k"));
  for (const name of ["claviger.db", "claviger.db-wal", "lock.db"])
    assert.equal(statSync(join(tested.folder, name)).mode & 0o077, 0, name);
});

test("a database that a newer program wrote, or that is none, is not opened", async () => {
  const folder = mkdtempSync(join(tmpdir(), "claviger-store-"));
  const path = join(folder, "claviger.db");
  const opened = () => openSqliteStore({ folder, seed: Buffer.alloc(32, 1) });
  {
    using database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 999");
  }
  await assert.rejects(opened(), { name: "OperatorError", message: /version 999/ });
  rmSync(path);
  writeFileSync(path, "this is no database, whatever its name says. ".repeat(100));
  await assert.rejects(opened(), { name: "OperatorError", message: /^Cannot open the store at / });
  rmSync(folder, { recursive: true });
});

test("destroyed material is nowhere in the database's files", async () => {
  await using tested = await open();
  const secret = Buffer.from("0123456789abcdefWRAPPED".repeat(3));
  const holds = () =>
    readdirSync(tested.folder).filter((name) => readFileSync(join(tested.folder, name)).includes(secret));
  const material = row("material", "m", { secret });
  await put(tested.store, material, row("key", "k"));
  assert.notDeepEqual(holds(), []);
  const { kind, id, scope, parent } = material;
  await commit(tested.store, { changes: [{ kind, id, scope, parent, expect: 1, row: null, destroys: true }] });
  assert.deepEqual(holds(), []);
});
