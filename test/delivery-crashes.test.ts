import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { committer } from "../src/deliveries/book.ts";
import { Deliveries } from "../src/deliveries/deliveries.ts";
import { DigestKeys } from "../src/deliveries/digest-keys.ts";
import { BucketFolder } from "../src/deliveries/folder.ts";
import { createTrail, trailsAt } from "./account-trails.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { checkDigests, deliveredRecords, publicKeysOf } from "./delivered.ts";
import { kms, testServer, type TestServer } from "./kit.ts";
import { records } from "./trail.ts";

const hour = 3_600_000;
const byHand = { deliverEveryMs: 1e9 };

/** Deliveries of a server whose process would have ended at a step: before it, or after it and before it is known. */
function crashingAt(server: TestServer, folder: string, step: number): { deliveries: Deliveries; steps: () => number } {
  const { store, entities, clocks, seal } = server.house;
  let [steps, dead] = [0, false];
  const stepped = async (does: () => Promise<void>) => {
    if (dead) throw new Error("nothing is done after the end");
    steps += 1;
    if (steps === step) dead = true;
    if (steps === step && step % 2 === 0) throw new Error("the end, before");
    await does();
    if (dead) throw new Error("the end, after");
  };
  const buckets = new BucketFolder(folder);
  const commit = committer(store);
  const post = {
    trail: store.trail,
    entities,
    clocks,
    keys: new DigestKeys(entities, seal, (changes) => stepped(() => commit(changes))),
    useKey: async () => {},
    commit: (changes: Parameters<typeof commit>[0]) => stepped(() => commit(changes)),
    buckets: { put: (...put: Parameters<BucketFolder["put"]>) => stepped(() => buckets.put(...put)) },
  };
  return { deliveries: new Deliveries(post, store, 1e9, () => {}), steps: () => steps };
}

test("whatever step the process ends at, every record is delivered once, and the digest files hold", async () => {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
  const client = trailsAt(server);
  await client.send(createTrail({ EnableLogFileValidation: true, IsMultiRegionTrail: true }));
  await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
  let crashes = 0;
  for (let step = 1; step < 40; step++) {
    await kms(server).send(new CreateKeyCommand({}));
    await kms(server, undefined, "us-west-2").send(new CreateKeyCommand({}));
    if (step % 3 === 0) {
      await client.send(new cloudtrail.StopLoggingCommand({ Name: "main" }));
      await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
    }
    await advance(server, step % 2 === 0 ? hour : 60_000);
    const crashing = crashingAt(server, place.path, 1 + (step % 12));
    await crashing.deliveries.run();
    await crashing.deliveries.stop();
    if (crashing.steps() >= 1 + (step % 12)) crashes += 1;
    if (step % 4 === 0) await server.deliveries.run();
  }
  assert.ok(crashes > 20, String(crashes));
  await client.send(new cloudtrail.StopLoggingCommand({ Name: "main" }));
  await server.deliveries.run();
  await server.deliveries.run();
  const ids = (list: readonly Record<string, unknown>[]) => list.map(({ eventID }) => String(eventID)).toSorted();
  const all = await records(server);
  const first = all.findIndex(({ eventName }) => eventName === "StartLogging");
  assert.deepEqual(ids(deliveredRecords(place.path)), ids(all.slice(first)));
  const keys = ["eu-west-1", "us-west-2"].map((region) => publicKeysOf(trailsAt(server, region)));
  checkDigests(place.path, new Map((await Promise.all(keys)).flatMap((some) => [...some])));
});

test("a folder that cannot be written stops no answer; it is told, and nothing is missing afterwards", async () => {
  using place = temporaryFolder();
  const folder = place.file("trails");
  await using server = await testServer({ ephemeral: true, trailFolder: folder }, byHand);
  const client = trailsAt(server);
  const status = () => client.send(new cloudtrail.GetTrailStatusCommand({ Name: "main" }));
  await client.send(createTrail({ EnableLogFileValidation: true }));
  await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
  writeFileSync(folder, "a file where the folder should be");
  await server.deliveries.run();
  await advance(server, hour);
  await server.deliveries.run();
  await kms(server).send(new CreateKeyCommand({}));
  const failing = await status();
  assert.deepEqual(
    [failing.LatestDeliveryError, failing.LatestDigestDeliveryError, failing.LatestDeliveryTime],
    ["NoSuchBucket", "NoSuchBucket", undefined],
  );
  assert.notEqual(failing.LatestDeliveryAttemptTime, "");
  assert.equal(failing.LatestDeliveryAttemptSucceeded, "");
  rmSync(folder);
  await server.deliveries.run();
  await advance(server, hour);
  await server.deliveries.run();
  const mended = await status();
  assert.deepEqual([mended.LatestDeliveryError, mended.LatestDigestDeliveryError], [undefined, undefined]);
  await client.send(new cloudtrail.StopLoggingCommand({ Name: "main" }));
  await server.deliveries.run();
  const names = deliveredRecords(folder).map(({ eventName }) => eventName);
  assert.deepEqual(
    names.toSorted((a, b) => String(a).localeCompare(String(b))),
    ["CreateKey", "GetTrailStatus", "GetTrailStatus", "StartLogging", "StopLogging"],
  );
  checkDigests(folder, await publicKeysOf(client));
});

test("a bucket's folder that lets nobody write is told as S3 would", {
  skip: process.getuid?.() === 0 ? "root may write everywhere" : false,
}, async () => {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
  const client = trailsAt(server);
  await client.send(createTrail());
  await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
  mkdirSync(place.file("logs"));
  chmodSync(place.file("logs"), 0o500);
  await server.deliveries.run();
  assert.equal(
    (await client.send(new cloudtrail.GetTrailStatusCommand({ Name: "main" }))).LatestDeliveryError,
    "AccessDenied",
  );
  chmodSync(place.file("logs"), 0o700);
});
