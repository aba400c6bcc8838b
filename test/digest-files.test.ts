import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, test } from "node:test";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { createTrail, trailsAt } from "./account-trails.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { checkDigests, digestFiles, logFiles, publicKeysOf } from "./delivered.ts";
import { kms, root, testServer, type TestServer } from "./kit.ts";

const hour = 3_600_000;
const byHand = { deliverEveryMs: 1e9 };
const start = new cloudtrail.StartLoggingCommand({ Name: "main" });
const stop = new cloudtrail.StopLoggingCommand({ Name: "main" });

interface Stage {
  readonly server: TestServer;
  readonly client: cloudtrail.CloudTrailClient;
  readonly folder: string;
  /** Something is recorded and delivered. */
  readonly work: (region?: string) => Promise<void>;
  /** So much later, by the domain clock, after what is due then was done. */
  readonly later: (milliseconds: number) => Promise<void>;
}

async function onStage(more: object, play: (stage: Stage) => Promise<void>): Promise<void> {
  using place = temporaryFolder();
  await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
  const client = trailsAt(server);
  await client.send(createTrail({ EnableLogFileValidation: true, ...more }));
  await play({
    server,
    client,
    folder: place.path,
    work: async (region) => {
      await kms(server, root, region).send(new CreateKeyCommand({}));
      await server.deliveries.run();
    },
    later: async (milliseconds) => {
      await advance(server, milliseconds);
      await server.deliveries.run();
    },
  });
  const regions = ["eu-west-1", "us-west-2"].map((region) => publicKeysOf(trailsAt(server, region)));
  checkDigests(place.path, new Map((await Promise.all(regions)).flatMap((keys) => [...keys])));
}

/** `hours covered: log files`, in the order of their times; `!` in a backfill, `*` where a chain begins. */
const digests = (folder: string): string[] =>
  digestFiles(folder).map(({ key, content }) => {
    const covered = Math.round((Date.parse(content.digestEndTime) - Date.parse(content.digestStartTime)) / hour);
    const marks = (key.includes("_backfill") ? "!" : "") + (content.previousDigestS3Object === null ? "*" : "");
    return `${covered}: ${content.logFiles.length}${marks}`;
  });

describe("digest files", () => {
  test("come every hour, also when there is nothing to tell; the last one when logging stops", () =>
    onStage({}, async ({ client, folder, work, later }) => {
      await later(hour);
      assert.deepEqual(digests(folder), []);
      await client.send(start);
      await work();
      assert.deepEqual(digests(folder), []);
      await later(hour);
      await later(hour);
      await work();
      await work();
      await later(hour / 2);
      await client.send(stop);
      await later(0);
      await later(hour);
      assert.deepEqual(digests(folder), ["1: 1*", "1: 0", "1: 3"]);
      await client.send(start);
      await work();
      await later(hour);
      assert.deepEqual(digests(folder), ["1: 1*", "1: 0", "1: 3", "1: 1*"]);
    }));

  test("of a trail that is deleted end with what it did last", () =>
    onStage({}, async ({ server, client, folder, work }) => {
      await client.send(start);
      await work();
      await client.send(new cloudtrail.DeleteTrailCommand({ Name: "main" }));
      await server.deliveries.run();
      assert.deepEqual(digests(folder), ["0: 2*"]);
      for (const kind of ["trail-delivery", "trail-span", "trail-stream", "trail-log-file"])
        assert.deepEqual(server.house.entities.listByScope(kind, "", { after: "", limit: 9 }), [], kind);
    }));

  test("go on in another bucket, and begin anew when validation was off", () =>
    onStage({}, async ({ client, folder, work, later }) => {
      const update = (more: object) => client.send(new cloudtrail.UpdateTrailCommand({ Name: "main", ...more }));
      await client.send(start);
      await work();
      await later(hour);
      await update({ S3BucketName: "other" });
      await work();
      await later(hour);
      const [first, second] = digestFiles(folder);
      assert.deepEqual([first!.key.split("/")[0], second!.key.split("/")[0]], ["logs", "other"]);
      assert.equal(second!.content.previousDigestS3Bucket, "logs");
      await update({ EnableLogFileValidation: false });
      await later(hour);
      await update({ EnableLogFileValidation: true });
      await later(hour);
      // Files of the time without validation are in no digest file; they are looked at here, and taken away.
      const named = new Set(
        digestFiles(folder).flatMap(({ content }) => content.logFiles.map((file: any) => file.s3Object)),
      );
      for (const { key } of logFiles(folder))
        if (!named.has(key.slice(key.indexOf("/") + 1))) rmSync(`${folder}/${key}`);
    }));

  test("for hours that were missed are made later, apart; log files are in the one chain", () =>
    onStage({}, async ({ client, folder, work, later }) => {
      await client.send(start);
      await work();
      await later(4 * hour);
      assert.deepEqual(digests(folder), ["1: 1*", "1: 0!*", "1: 0!", "1: 0"]);
      await later(1000 * hour);
      assert.equal(digests(folder).length, 4 + 24);
    }));

  test("of a Region in which nothing happens any more rest, and go on in the same chain", () =>
    onStage({ IsMultiRegionTrail: true }, async ({ client, folder, work, later }) => {
      await client.send(start);
      await work("us-west-2");
      await later(hour);
      const west = () => digestFiles(folder).filter(({ key }) => key.includes("/us-west-2/"));
      for (let index = 0; index < 30; index++) await later(hour);
      const rested = west().length;
      assert.ok(rested >= 23 && rested < 27, String(rested));
      await work("us-west-2");
      await later(hour);
      assert.equal(west().length, rested + 1);
      assert.equal(west().at(-1)!.content.previousDigestS3Object, west().at(-2)!.content.digestS3Object);
    }));

  test("are signed by a key of their Region, which a year later is another", () =>
    onStage({}, async ({ server, client, folder, work, later }) => {
      await client.send(start);
      await work();
      await later(hour);
      const now = async () => (await client.send(new cloudtrail.ListPublicKeysCommand({}))).PublicKeyList!;
      const [first, ...others] = await now();
      assert.deepEqual(others, []);
      assert.match(first!.Fingerprint!, /^[0-9a-f]{32}$/);
      assert.equal(digestFiles(folder)[0]!.content.digestPublicKeyFingerprint, first!.Fingerprint);
      await later(366 * 24 * hour);
      const [second] = await now();
      assert.notEqual(second!.Fingerprint, first!.Fingerprint);
      assert.equal(digestFiles(folder).at(-1)!.content.digestPublicKeyFingerprint, second!.Fingerprint);
      const west = await trailsAt(server, "us-west-2").send(new cloudtrail.ListPublicKeysCommand({}));
      assert.deepEqual(west.PublicKeyList, []);
      const { content, secret } = server.house.entities.get("digest-key", first!.Fingerprint!)!.row;
      assert.ok(secret && !content.includes("PRIVATE"));
    }));
});
