import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { CloudTrailClient, CreateEventDataStoreCommand, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { readSinks } from "../src/cli/sink-setting.ts";
import { readRetention } from "../src/cli/retention.ts";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { settingsOf, testServer, type TestServer } from "./kit.ts";
import { everyLine, quick, until, useKey } from "./sinks-kit.ts";

const clock = async (server: TestServer, by: string): Promise<void> => {
  const { code, err } = await claviger(["clock", "advance", by, "--endpoint", server.url]);
  assert.equal(code, 0, err);
};

const prune = (server: TestServer, ...args: string[]) =>
  claviger(["audit", "prune", ...args, "--endpoint", server.url]);

interface Verdict {
  readonly problems: readonly string[];
  readonly records: number;
  readonly pruned: number;
}

async function verdictOf(...args: string[]): Promise<Verdict> {
  return JSON.parse((await claviger(["audit", "verify", "--json", ...args])).out) as Verdict;
}

const eventNames = async (server: TestServer): Promise<string[]> =>
  (await everyLine(server)).map((line) => (JSON.parse(line) as { eventName: string }).eventName);

describe("pruning", () => {
  test("lets old records go; the chain stays whole, also as a copy and against an anchor; hands are found", async () => {
    using place = temporaryFolder();
    const [data, anchor, old] = [place.file("data"), place.file("anchor.json"), place.file("old.json")];
    {
      await using server = await testServer({ data, anchor });
      await useKey(server, 30);
      await until(() => existsSync(anchor), "a checkpoint is signed");
      copyFileSync(anchor, old);
      await clock(server, "200d");
      await useKey(server, 3);
      const dry = await prune(server, "--keep", "100d", "--dry-run");
      assert.match(dry.out, /^Records 1 to 3\d would be pruned: 20\S+Z to 20\S+Z\./, dry.err);
      assert.ok((await eventNames(server)).length > 30, "nothing went");
      const young = await prune(server, "--keep", "10d");
      assert.match(young.err, /LookupEvents answers for 90 days/);
      const { out, code } = await prune(server, "--keep", "100d");
      assert.equal(code, 0);
      assert.match(out, /^Records 1 to 3\d were pruned/);
      const names = await eventNames(server);
      assert.ok(names.length < 15, names.join());
      assert.deepEqual(names.slice(-2), ["PruneTrail", "PruneAudit"]);
      const event = JSON.parse((await everyLine(server)).at(-2)!) as { serviceEventDetails: Record<string, unknown> };
      assert.equal(event.serviceEventDetails.firstRecord, 1);
      assert.match((await prune(server, "--keep", "100d")).out, /^Nothing to prune/);
      const trail = new CloudTrailClient(settingsOf(server));
      const LookupAttributes = [{ AttributeKey: "EventName" as const, AttributeValue: "Encrypt" }];
      const found = await trail.send(new LookupEventsCommand({ LookupAttributes, MaxResults: 50 }));
      assert.equal(found.Events!.length, 3);
      await useKey(server, 2);
    }
    const whole = await verdictOf("--data", data, "--anchor", anchor);
    assert.deepEqual(whole.problems, []);
    assert.ok(whole.pruned >= 30 && whole.records > whole.pruned);
    assert.deepEqual((await verdictOf("--data", data, "--anchor", old)).problems, [], "an anchor from before");
    assert.match((await claviger(["audit", "verify", "--data", data])).out, /Records 1 to 3\d were pruned\./);
    const [copy, key] = [place.file("copy.jsonl"), place.file("key.pem")];
    await claviger(["audit", "export", "--data", data, "--out", copy]);
    writeFileSync(key, (await claviger(["audit", "public-key", "--data", data])).out);
    assert.deepEqual((await verdictOf("--file", copy, "--public-key", key)).problems, []);
    const unstated = readFileSync(copy, "utf8").replace(/^\{"pruning".*\n/m, "");
    writeFileSync(copy, unstated);
    assert.notDeepEqual((await verdictOf("--file", copy, "--public-key", key)).problems, []);
    const kept = place.file("kept.db");
    copyFileSync(join(data, "claviger.db"), kept);
    const hands = {
      "without a statement": "DELETE FROM pruning",
      "more than was stated": "DELETE FROM trail WHERE batch = (SELECT min(batch) FROM trail)",
      "with a changed statement": "UPDATE pruning SET batch = batch + 1",
      "with a forged signature": "UPDATE pruning SET signature = zeroblob(64)",
      "with a checkpoint as statement":
        "INSERT OR REPLACE INTO pruning SELECT 1, batch, records, at, hash, state, signature FROM checkpoint ORDER BY batch DESC LIMIT 1; DELETE FROM trail WHERE batch <= (SELECT batch FROM pruning)",
    };
    for (const [what, sql] of Object.entries(hands)) {
      const database = new DatabaseSync(join(data, "claviger.db"));
      database.exec(sql);
      database.close();
      assert.notDeepEqual((await verdictOf("--data", data)).problems, [], what);
      copyFileSync(kept, join(data, "claviger.db"));
    }
  });

  test("goes on after a start, and does not take away the evidence of a hand", async () => {
    using place = temporaryFolder();
    const data = place.file("data");
    {
      await using server = await testServer({ data });
      await useKey(server, 20);
      await clock(server, "200d");
      await useKey(server, 1);
    }
    const database = new DatabaseSync(join(data, "claviger.db"));
    database.exec("UPDATE trail SET records = replace(records, 'Encrypt', 'Decrypt') WHERE batch = 5");
    database.close();
    await using server = await testServer({ data });
    const { code, err } = await prune(server, "--keep", "100d");
    assert.equal(code, 1);
    assert.match(err, /PruningRefusedException.*the part that would go does not hold: /);
  });

  test("waits for a sink that does not have the records, until it is told not to", async () => {
    using place = temporaryFolder();
    const sinks = readSinks([`file:${place.file("none/audit.jsonl")}`, `file:${place.file("audit.jsonl")}#name=there`]);
    await using server = await testServer({ ephemeral: true, sinks }, quick);
    await useKey(server, 10);
    await clock(server, "200d");
    await useKey(server, 1);
    const waiting = await prune(server, "--keep", "100d");
    assert.match(waiting.out, /^Nothing to prune/);
    assert.match(waiting.out, /Waiting for file:.*none\/audit\.jsonl: it has the records up to 0\./);
    assert.match((await prune(server, "--keep", "100d", "--force")).out, /^Records 1 to 1\d were pruned/);
  });

  test("leaves what an event data store holds, until it is told not to", async () => {
    await using server = await testServer({ ephemeral: true });
    await useKey(server, 10);
    await clock(server, "10d");
    const lake = new CloudTrailClient(settingsOf(server));
    await lake.send(new CreateEventDataStoreCommand({ Name: "seven-years", RetentionPeriod: 2557 }));
    await useKey(server, 10);
    await clock(server, "200d");
    await useKey(server, 1);
    const { out } = await prune(server, "--keep", "100d");
    assert.match(out, /Event data stores hold the records since 20\S+Z: they stay\./);
    assert.ok((await eventNames(server)).includes("CreateEventDataStore"), out);
    assert.match((await prune(server, "--keep", "100d", "--force")).out, /^Records 1?\d to 2\d were pruned/);
    assert.ok(!(await eventNames(server)).includes("CreateEventDataStore"));
  });

  test("happens by the clock", async () => {
    await using server = await testServer({ ephemeral: true, keepMs: readRetention("90d") });
    await useKey(server, 10);
    await clock(server, "80d");
    await useKey(server, 1);
    assert.ok((await eventNames(server)).includes("CreateKey"));
    await clock(server, "15d");
    await until(async () => (await eventNames(server)).includes("PruneTrail"), "it is pruned");
    await until(async () => (await eventNames(server)).filter((name) => name === "Encrypt").length === 1, "ten went");
    assert.throws(() => readRetention("30d"), /from 90d on/);
  });
});
