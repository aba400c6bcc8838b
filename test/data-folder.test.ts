import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DatabaseSync } from "node:sqlite";
import { testServer, type TestServer } from "./kit.ts";
import { addUser, commit, rootSession } from "./people-kit.ts";
import { kmsCall, send } from "./wire-kit.ts";
import { systemDecision } from "../src/policy/decide.ts";

const ask = async (server: TestServer, operation: string, input: object, credentials?: object) => {
  const got = await send(server, kmsCall(server, operation, input, (credentials ? { credentials } : {}) as object));
  assert.equal(got.status, 200, got.text);
  return (got.text === "" ? {} : JSON.parse(got.text)) as Record<string, any>;
};

/** The files that hold these bytes, raw or as text in the usual writings. */
function filesWith(folder: string, bytes: Buffer): string[] {
  const forms = [bytes, ...(["base64", "base64url", "hex"] as const).map((form) => Buffer.from(bytes.toString(form)))];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const held = readFileSync(path);
      return forms.some((form) => held.includes(form));
    });
}

const wrappedIn = (folder: string): Buffer[] => {
  using database = new DatabaseSync(join(folder, "claviger.db"), { readOnly: true });
  const rows = database.prepare("SELECT secret FROM row WHERE kind = 'material'").all();
  return rows.map(({ secret }) => Buffer.from(secret as Uint8Array));
};

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-folder-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("nothing secret lies in the data folder: no material, no plaintext, no data key, no secret of a credential", () =>
  inFolder(async (folder) => {
    const secrets: Record<string, Buffer> = {};
    {
      await using server = await testServer({ data: folder });
      const { KeyMetadata } = await ask(server, "CreateKey", {});
      const { KeyId } = KeyMetadata;
      const plaintext = Buffer.from("a plaintext that nobody may find");
      const Plaintext = plaintext.toString("base64");
      const EncryptionContext = { purpose: "searched" };
      const { CiphertextBlob } = await ask(server, "Encrypt", { KeyId, Plaintext, EncryptionContext });
      await ask(server, "Decrypt", { CiphertextBlob, EncryptionContext });
      const dataKey = await ask(server, "GenerateDataKey", { KeyId, KeySpec: "AES_256" });
      const random = await ask(server, "GenerateRandom", { NumberOfBytes: 32 });
      const alice = await addUser(server, "alice", '{"Version":"2012-10-17","Statement":[]}');
      const session = rootSession(server, Date.now(), Date.now() + 900_000);
      await ask(server, "ListKeys", {}, session);
      const { entities, seal } = server.house;
      const row = entities.listByParent("material", `eu-west-1/${KeyId}`, { after: "", limit: 1 })[0]!.row;
      const material = seal.open(systemDecision("search"), { kind: "material", id: row.id }, row.secret!);
      assert.deepEqual(filesWith(folder, Buffer.from(row.secret!)).length > 0, true, "the search finds what is there");
      Object.assign(secrets, {
        plaintext,
        material: Buffer.from(material),
        "data key": Buffer.from(dataKey.Plaintext, "base64"),
        random: Buffer.from(random.Plaintext, "base64"),
        "secret access key": Buffer.from(alice.secretAccessKey),
        "session's secret": Buffer.from(session.secretAccessKey),
        "session token": Buffer.from(session.sessionToken),
        "root-derived key": seal.derive("session-token"),
      });
      for (const [what, bytes] of Object.entries(secrets)) assert.deepEqual(filesWith(folder, bytes), [], what);
    }
    for (const [what, bytes] of Object.entries(secrets)) assert.deepEqual(filesWith(folder, bytes), [], what);
  }));

test("when a key's date has come no file holds its wrapped material any more", () =>
  inFolder(async (folder) => {
    await using server = await testServer({ data: folder });
    const gone = (await ask(server, "CreateKey", {})).KeyMetadata.KeyId as string;
    const [wrapped] = wrappedIn(folder);
    const kept = (await ask(server, "CreateKey", {})).KeyMetadata.KeyId as string;
    const { CiphertextBlob } = await ask(server, "Encrypt", { KeyId: kept, Plaintext: "AA==" });
    await ask(server, "ScheduleKeyDeletion", { KeyId: gone, PendingWindowInDays: 7 });
    assert.notDeepEqual(filesWith(folder, wrapped!), []);
    const { entities, clocks } = server.house;
    const clock = (days: number) => ({ offset: days * 86_400_000 });
    await commit(server, [entities.create("installation", "clock", clock(6), { scope: "" })]);
    assert.notDeepEqual(filesWith(folder, wrapped!), [], "not before its date");
    await commit(server, [entities.put(entities.get("installation", "clock")!, clock(8))]);
    assert.ok(clocks.domain() - clocks.wall() > 7 * 86_400_000);
    while (entities.get("key", `eu-west-1/${gone}`)) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(filesWith(folder, wrapped!), []);
    assert.equal(wrappedIn(folder).length, 1);
    await ask(server, "Decrypt", { CiphertextBlob });
    const lookedUp = await send(server, kmsCall(server, "DescribeKey", { KeyId: gone }));
    assert.equal(lookedUp.code, "NotFoundException");
  }));
