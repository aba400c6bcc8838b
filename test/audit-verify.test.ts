import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { CreateKeyCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { kms, rootOf, testServer } from "./kit.ts";

interface Told {
  readonly records: number;
  readonly unsigned: number;
  readonly problems: readonly string[];
}

/** A server that was used and has ended: its folder, and the anchor that was kept elsewhere. */
async function used(folder: string, anchor: string, calls = 20): Promise<void> {
  await using server = await testServer({ data: folder, anchor });
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  for (let index = 0; index < calls; index++)
    await kms(server).send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from("x") }));
  await assert.rejects(
    kms(server, rootOf("111122223333")).send(
      new EncryptCommand({ KeyId: KeyMetadata!.Arn!, Plaintext: Buffer.from("x") }),
    ),
  );
  const live = await claviger(["audit", "verify", "--endpoint", server.url]);
  assert.equal(live.code, 0, live.err);
  assert.match(live.out, /^The trail is whole: \d+ records/);
}

async function verdictOf(...args: string[]): Promise<Told> {
  const { code, out, err } = await claviger(["audit", "verify", "--json", ...args]);
  const told = JSON.parse(out) as Told;
  assert.equal(code, told.problems.length === 0 ? 0 : 1, err);
  return told;
}

function inDatabase(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, "claviger.db"));
  database.exec(sql);
  database.close();
}

describe("the trail of a data folder", () => {
  test("is whole, also as a copy under the public key; every hand in it is found", async () => {
    using place = temporaryFolder();
    const [folder, anchor] = [place.file("data"), place.file("anchor.json")];
    await used(folder, anchor);
    const whole = await verdictOf("--data", folder, "--anchor", anchor);
    assert.deepEqual([whole.problems, whole.unsigned], [[], 0]);
    assert.ok(whole.records >= 23);

    const [copy, key] = [place.file("copy.jsonl"), place.file("key.pem")];
    assert.equal((await claviger(["audit", "export", "--data", folder, "--out", copy])).code, 0);
    writeFileSync(key, (await claviger(["audit", "public-key", "--data", folder])).out);
    const copied = ["--file", copy, "--public-key", key, "--anchor", anchor];
    assert.deepEqual((await verdictOf(...copied)).problems, []);
    const text = readFileSync(copy, "utf8");
    for (const [from, to] of [
      ["Encrypt", "Decrypt"],
      ['"count":1,', '"count":2,'],
    ] as const) {
      writeFileSync(copy, text.replace(from, to));
      assert.notDeepEqual((await verdictOf(...copied)).problems, [], from);
    }
    writeFileSync(copy, text.split("\n").toSpliced(3, 1).join("\n"));
    assert.notDeepEqual((await verdictOf(...copied)).problems, []);

    const database = join(folder, "claviger.db");
    const kept = place.file("kept.db");
    copyFileSync(database, kept);
    const hands = [
      "UPDATE trail SET records = replace(records, 'Encrypt', 'Decrypt') WHERE batch = 5",
      "DELETE FROM trail WHERE batch = 7",
      "UPDATE trail SET records = (SELECT records FROM trail WHERE batch = 9) WHERE batch = 8",
      "DELETE FROM row WHERE kind = 'material'",
      "UPDATE checkpoint SET signature = zeroblob(64)",
      "UPDATE state SET digest = zeroblob(32)",
    ];
    for (const sql of hands) {
      inDatabase(folder, sql);
      assert.notDeepEqual((await verdictOf("--data", folder)).problems, [], sql);
      copyFileSync(kept, database);
    }
    // The newest records and every checkpoint that signed them are cut: only the anchor knows of them.
    inDatabase(folder, "DELETE FROM trail WHERE batch > 3; DELETE FROM checkpoint");
    const cut = await verdictOf("--data", folder, "--anchor", anchor);
    assert.match(cut.problems.join("\n"), /the anchor signed batch \d+, and the trail ends at batch 3/);
  });

  test("that was put back to an older state is found by the anchor; an anchor inside the folder is refused", async () => {
    using place = temporaryFolder();
    const [folder, anchor] = [place.file("data"), place.file("anchor.json")];
    await used(folder, anchor, 3);
    copyFileSync(join(folder, "claviger.db"), place.file("old.db"));
    await used(folder, anchor, 3);
    copyFileSync(place.file("old.db"), join(folder, "claviger.db"));
    assert.deepEqual((await verdictOf("--data", folder)).problems, []);
    assert.match(
      (await verdictOf("--data", folder, "--anchor", anchor)).problems.join("\n"),
      /the anchor signed batch/,
    );
    // The service does not go on from there: it would write over the one thing that tells.
    const told = readFileSync(anchor, "utf8");
    await assert.rejects(testServer({ data: folder, anchor }), /does not come from what it signed/);
    assert.equal(readFileSync(anchor, "utf8"), told);
    await used(folder, place.file("another.json"), 30);
    assert.match((await verdictOf("--data", folder, "--anchor", anchor)).problems.join("\n"), /signed another trail/);
    await used(place.file("elsewhere"), place.file("theirs.json"), 1);
    await assert.rejects(testServer({ data: folder, anchor: place.file("theirs.json") }), /does not come from/);
    await assert.rejects(testServer({ data: folder, anchor: join(folder, "anchor.json") }), /inside the data folder/);
  });
});

test("people search the trail and ask who used a key", async () => {
  await using server = await testServer();
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const { KeyId, Arn } = KeyMetadata!;
  for (let index = 0; index < 3; index++)
    await kms(server).send(new EncryptCommand({ KeyId: KeyId!, Plaintext: Buffer.from("x") }));
  await assert.rejects(
    kms(server, rootOf("111122223333")).send(new EncryptCommand({ KeyId: Arn!, Plaintext: Buffer.from("x") })),
  );
  const audit = async (...args: string[]) => {
    const { code, out, err } = await claviger(["audit", ...args, "--endpoint", server.url]);
    assert.equal(code, 0, err);
    return out;
  };
  assert.equal((await audit("search", "--event", "encrypt", "--key", KeyId!)).split("\n").length, 4);
  assert.match(await audit("search", "--denied"), /kms:Encrypt.*111122223333:root.*AccessDenied/);
  assert.equal(await audit("search", "--user", "nobody"), "No record is like that.");
  assert.equal(await audit("search", "--until", "2020-01-01"), "No record is like that.");
  const report = JSON.parse(await audit("report", KeyId!, "--json")) as {
    uses: { who: string; calls: number; events: object }[];
  };
  const own = report.uses.find(({ who }) => who.includes("000000000000"))!;
  assert.deepEqual([own.calls, own.events], [4, { CreateKey: 1, Encrypt: 3 }]);
  assert.match(await audit("report", KeyId!), /4 calls, 0 denied/);
});
