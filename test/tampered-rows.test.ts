import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { SqliteStore } from "../src/store/sqlite.ts";
import { testServer, type TestServer } from "./kit.ts";
import { addUser } from "./people-kit.ts";
import { kmsCall, send, type Signing } from "./wire-kit.ts";

const ask = async (server: TestServer, operation: string, input: object, signing: Signing = {}) => {
  const got = await send(server, kmsCall(server, operation, input, signing));
  return { ...got, answer: got.text.startsWith("{") ? (JSON.parse(got.text) as Record<string, any>) : {} };
};
const newKey = async (server: TestServer): Promise<string> =>
  (await ask(server, "CreateKey", {})).answer.KeyMetadata.KeyId;
const encrypt = (server: TestServer, KeyId: string, signing?: Signing) =>
  ask(server, "Encrypt", { KeyId, Plaintext: "c2VjcmV0" }, signing);
const ready = async (server: TestServer) => {
  const answer = await fetch(`${server.url}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

/** Starts a server, lets `prepare` use it, ends it, changes its database by hand, and starts it again. */
async function afterTampering<T>(
  prepare: (server: TestServer) => Promise<T>,
  tamper: (database: DatabaseSync, prepared: T) => void,
  check: (server: TestServer, prepared: T) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-tamper-"));
  const start = () => testServer({ data: folder });
  let prepared: T;
  {
    await using server = await start();
    prepared = await prepare(server);
  }
  {
    using database = new DatabaseSync(join(folder, "claviger.db"));
    tamper(database, prepared);
  }
  {
    await using server = await start();
    await check(server, prepared);
  }
  rmSync(folder, { recursive: true });
}

const refusedAndNamed = async (server: TestServer, call: Promise<{ code: string; text: string }>, row: string) => {
  const { code, text } = await call;
  assert.equal(code, "KMSInternalException", text);
  assert.doesNotMatch(text, /MAC|row/);
  const { status, text: why } = await ready(server);
  assert.equal(status, 503);
  assert.ok(why.includes(row), why);
};

const open = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" }],
});

test("a key policy that was changed in the database opens nothing, and readiness names the row", async () => {
  await afterTampering(
    newKey,
    (database, keyId) => {
      const id = `eu-west-1/${keyId}`;
      const { content } = database.prepare("SELECT content FROM row WHERE kind = 'key' AND id = ?").get(id)!;
      const key = JSON.parse(String(content));
      key.policy.text = open;
      database.prepare("UPDATE row SET content = ? WHERE id = ?").run(JSON.stringify(key), id);
    },
    async (server, keyId) => {
      const stranger = { credentials: { accessKeyId: "111122223333", secretAccessKey: "test" } };
      const call = ask(
        server,
        "Encrypt",
        { KeyId: `arn:aws:kms:eu-west-1:000000000000:key/${keyId}`, Plaintext: "AA==" },
        stranger,
      );
      await refusedAndNamed(server, call, keyId);
      await refusedAndNamed(server, encrypt(server, keyId), keyId);
    },
  );
});

test("a disabled key cannot be enabled by hand, nor a version be counted up", async () => {
  await afterTampering(
    async (server) => {
      const keys = [await newKey(server), await newKey(server)];
      for (const KeyId of keys) await ask(server, "DisableKey", { KeyId });
      return keys;
    },
    (database, [first, second]) => {
      database
        .prepare("UPDATE row SET content = replace(content, '\"Disabled\"', '\"Enabled\"') WHERE id = ?")
        .run(`eu-west-1/${first}`);
      database.prepare("UPDATE row SET version = version + 1 WHERE id = ?").run(`eu-west-1/${second}`);
    },
    async (server, [first, second]) => {
      await refusedAndNamed(server, encrypt(server, first!), first!);
      assert.equal((await encrypt(server, second!)).code, "KMSInternalException");
    },
  );
});

test("rows of two keys cannot be exchanged, nor their wrapped material be moved", async () => {
  await afterTampering(
    async (server) => [await newKey(server), await newKey(server)],
    (database, [first, second]) => {
      const secret = database.prepare("SELECT secret FROM row WHERE kind = 'material' AND parent = ?");
      const put = database.prepare("UPDATE row SET secret = ? WHERE kind = 'material' AND parent = ?");
      put.run(secret.get(`eu-west-1/${second}`)!.secret as Uint8Array, `eu-west-1/${first}`);
      const row = database.prepare("SELECT content, mac FROM row WHERE kind = 'key' AND id = ?");
      const { content, mac } = row.get(`eu-west-1/${first}`)!;
      database
        .prepare("UPDATE row SET content = ?, mac = ? WHERE kind = 'key' AND id = ?")
        .run(String(content), mac as Uint8Array, `eu-west-1/${second}`);
    },
    async (server, [first, second]) => {
      await refusedAndNamed(server, encrypt(server, first!), first!);
      assert.equal((await encrypt(server, second!)).code, "KMSInternalException");
    },
  );
});

test("a user, an access key and a key that were inserted by hand are nobody's", async () => {
  await afterTampering(
    async (server) => ({ user: await addUser(server, "alice"), key: await newKey(server) }),
    (database, { user, key }) => {
      const copy = (kind: string, id: string, change: readonly [string, string]) =>
        database.exec(`INSERT INTO row SELECT kind, replace(id, '${change[0]}', '${change[1]}'), scope, parent, due, version,
          replace(content, '${change[0]}', '${change[1]}'), secret, mac FROM row WHERE kind = '${kind}' AND id = '${id}'`);
      copy("user", "000000000000/alice", ["alice", "mallory"]);
      copy("access-key", user.accessKeyId, [user.accessKeyId, "AKIAMALLORYMALLORYMA"]);
      copy("key", `eu-west-1/${key}`, [key, "11111111-2222-3333-4444-555555555555"]);
    },
    async (server, { user, key }) => {
      const mallory = { ...user, accessKeyId: "AKIAMALLORYMALLORYMA" };
      await refusedAndNamed(server, encrypt(server, key, { credentials: mallory }), "AKIAMALLORYMALLORYMA");
      assert.equal((await encrypt(server, "11111111-2222-3333-4444-555555555555")).code, "KMSInternalException");
      assert.equal((await encrypt(server, key)).status, 200, "what was not touched still works");
    },
  );
});

test("rows that were deleted, or put back to what they were, are found out after the start", async () => {
  for (const tamper of ["DELETE FROM row WHERE kind = 'alias'", "put back"])
    await afterTampering(
      async (server) => {
        const KeyId = await newKey(server);
        await ask(server, "CreateAlias", { AliasName: "alias/a", TargetKeyId: KeyId });
        using database = new DatabaseSync((server.house.store as SqliteStore).path, { readOnly: true });
        const before = database.prepare("SELECT * FROM row WHERE kind = 'key'").get()!;
        await ask(server, "DisableKey", { KeyId });
        return before;
      },
      (database, { version, content, mac, id }) => {
        if (tamper !== "put back") database.exec(tamper);
        else
          database
            .prepare("UPDATE row SET version = ?, content = ?, mac = ? WHERE id = ?")
            .run(Number(version), String(content), mac as Uint8Array, String(id));
      },
      async (server) => {
        // The check runs beside the first calls.
        for (let tries = 0; tries < 200 && (await ready(server)).status === 200; tries++) await pause(20);
        assert.match((await ready(server)).text, /deleted or put back to an older version outside Claviger/);
      },
    );
});

test("an untouched store is ready after every start", async () => {
  await afterTampering(
    newKey,
    () => {},
    async (server, keyId) => {
      await pause(300);
      assert.deepEqual(await ready(server), { status: 200, text: "ok\n" });
      assert.equal((await encrypt(server, keyId)).status, 200);
    },
  );
});
