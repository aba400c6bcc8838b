import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { createTrail, trailArn, trailsAt } from "./account-trails.ts";
import { type BucketStub, serveBuckets } from "./bucket-stub.ts";
import { type Ran, ran, temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { digestFiles, logFiles } from "./delivered.ts";
import { kms, testServer, type TestServer } from "./kit.ts";
import { awsCliMissing, awsEnvironment } from "./outside-programs.ts";

const hour = 3_600_000;
const byHand = { deliverEveryMs: 1e9 };

/** Three hours of a trail with two keys made in each. */
async function threeHours(server: TestServer): Promise<void> {
  const client = trailsAt(server);
  await client.send(createTrail({ EnableLogFileValidation: true }));
  await client.send(new cloudtrail.StartLoggingCommand({ Name: "main" }));
  for (let index = 0; index < 3; index++) {
    for (let count = 0; count < 2; count++) await kms(server).send(new CreateKeyCommand({}));
    await server.deliveries.run();
    await advance(server, hour);
    await server.deliveries.run();
  }
}

const second = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

async function validated(server: TestServer, buckets: BucketStub, more: string[] = []): Promise<Ran> {
  const from = second(server.house.clocks.wall() - hour);
  const until = second(server.house.clocks.domain() + hour);
  const words = ["cloudtrail", "validate-logs", "--trail-arn", trailArn("main"), "--start-time", from];
  const env = { ...awsEnvironment(server), AWS_ENDPOINT_URL_S3: buckets.url };
  return await ran("aws", [...words, "--end-time", until, "--verbose", ...more], env);
}

describe("aws cloudtrail validate-logs", { skip: awsCliMissing }, () => {
  test("finds a delivered trail whole, and every hand in it", async () => {
    using place = temporaryFolder();
    await using server = await testServer({ ephemeral: true, trailFolder: place.path }, byHand);
    await using buckets = await serveBuckets(place.path);
    await threeHours(server);
    const whole = await validated(server, buckets);
    assert.equal(whole.code, 0, whole.err + whole.out);
    assert.match(whole.out, /^3\/3 digest files valid$/m);
    assert.match(whole.out, /^3\/3 log files valid$/m);
    const [, digest] = digestFiles(place.path);
    const [log] = logFiles(place.path);
    const hands: [string, (path: string) => void, RegExp][] = [
      [log!.key, (path) => change(path, "CreateKey", "DeleteKey"), /Log file.*INVALID: hash value doesn't match/],
      [log!.key, (path) => flip(path), /Log file.*INVALID/],
      [log!.key, (path) => rmSync(path), /Log file.*INVALID: not found/],
      [digest!.key, (path) => change(path, '"hashValue":"', '"hashValue":"0'), /Digest file.*INVALID: signature/],
      [digest!.key, (path) => rmSync(path), /Digest file.*INVALID: not found/],
      [`${digest!.key}.metadata.json`, (path) => change(path, "a", "b"), /Digest file.*INVALID/],
    ];
    for (const [key, hand, said] of hands) {
      const path = place.file(key);
      const kept = readFileSync(path);
      hand(path);
      const { code, out, err } = await validated(server, buckets);
      assert.equal(code, 1, `${key} ${out}${err}`);
      assert.match(out + err, said);
      writeFileSync(path, kept);
    }
    const [first, , third] = digestFiles(place.path);
    renameSync(place.file(third!.key), place.file("kept"));
    writeFileSync(place.file(third!.key), readFileSync(place.file(first!.key)));
    assert.equal((await validated(server, buckets)).code, 1);
  });
});

function change(path: string, from: string, to: string): void {
  const zipped = path.endsWith(".gz");
  const text = zipped ? gunzipSync(readFileSync(path)).toString() : readFileSync(path, "utf8");
  assert.ok(text.includes(from));
  writeFileSync(path, zipped ? gzipSync(text.replace(from, to)) : text.replace(from, to));
}

/** One bit in the middle. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
}
