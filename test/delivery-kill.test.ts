import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { GenerateRandomCommand, KMSClient } from "@aws-sdk/client-kms";
import { createTrail, trailsAt } from "./account-trails.ts";
import { temporaryFolder, type TemporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { checkDigests, deliveredRecords, publicKeysOf } from "./delivered.ts";
import { root, testServer } from "./kit.ts";
import type { TrailRecord } from "./trail.ts";

const kills = 5;

async function delivering(place: TemporaryFolder): Promise<{ child: ChildProcess; url: string }> {
  const program = fileURLToPath(new URL("./delivering-server.ts", import.meta.url));
  const child = spawn(process.execPath, [program, place.file("data"), place.file("trails")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, url: /http\S+/.exec(line.toString())![0] };
}

test(`killed ${kills} times while it delivers, each record is delivered once, and every digest file holds`, async () => {
  using place = temporaryFolder();
  const settings = { data: place.file("data"), trailFolder: place.file("trails") };
  {
    await using server = await testServer(settings, { deliverEveryMs: 1e9 });
    await trailsAt(server).send(createTrail({ EnableLogFileValidation: true }));
    await trailsAt(server).send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
  }
  let answered = 0;
  for (let kill = 0; kill < kills; kill++) {
    const { child, url } = await delivering(place);
    const client = new KMSClient({ endpoint: url, region: "eu-west-1", credentials: root, maxAttempts: 1 });
    const until = answered + 30 + Math.floor(Math.random() * 60);
    const work = async () => {
      for (; answered < until; answered++) await client.send(new GenerateRandomCommand({ NumberOfBytes: 1 }));
    };
    await Promise.all([work(), work(), work()]);
    child.kill("SIGKILL");
    await once(child, "exit");
    await using server = await testServer(settings, { deliverEveryMs: 1e9 });
    await advance(server, 3_600_000);
  }
  await using server = await testServer(settings, { deliverEveryMs: 1e9 });
  await trailsAt(server).send(new cloudtrail.StopLoggingCommand({ Name: "main" }));
  await server.deliveries.run();
  const { lines } = await server.house.store.trail.after(0, 100_000);
  const all = lines.map((line) => JSON.parse(line) as TrailRecord);
  const from = all.findIndex(({ eventName }) => eventName === "StartLogging");
  const until = all.findIndex(({ eventName }) => eventName === "StopLogging");
  const ids = (list: readonly TrailRecord[]) => list.map(({ eventID }) => String(eventID)).toSorted();
  assert.deepEqual(ids(deliveredRecords(place.file("trails"))), ids(all.slice(from, until + 1)));
  assert.ok(answered >= kills * 30);
  checkDigests(place.file("trails"), await publicKeysOf(trailsAt(server)));
});
