import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import type { SqliteStore } from "../src/store/sqlite.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { costs, moveTo, usdOf, written } from "./cost-kit.ts";
import { kms, testServer } from "./kit.ts";

const decrypt = { eventName: "Decrypt", eventTime: "2031-01-03T10:00:00Z" };

test("what was counted outlives the server, and counts once", async () => {
  using data = temporaryFolder();
  for (const round of [1, 2, 3]) {
    await using server = await testServer({ data: data.path });
    await written(server, 1500, decrypt);
    await Promise.all([1, 2, 3].map(() => server.house.meter.follow()));
    const cost = await costs(server, "--month", "2031-01");
    assert.equal(cost.total.requests, round * 1500);
  }
});

test("a commit that fails counts nothing, and the next one all of it", async () => {
  await using server = await testServer(undefined, { faults: true });
  const store = server.house.store as SqliteStore;
  await written(server, 3000, decrypt);
  store.fault({ delayMs: 0, fail: "the disk is full" });
  await assert.rejects(server.house.meter.follow(), /the disk is full/);
  store.fault({ delayMs: 0, fail: "" });
  await written(server, 500, decrypt);
  assert.equal((await costs(server, "--month", "2031-01")).total.requests, 3500);
  assert.equal((await costs(server, "--month", "2031-01")).total.requests, 3500);
});

test("a replica's key is one key however often it is made and deleted", async () => {
  await using server = await testServer();
  await moveTo(server, "2031-01-01T00:30:00Z");
  const { KeyMetadata: key } = await kms(server).send(new CreateKeyCommand({}));
  const made = (eventTime: string, eventName: string, members: object = {}) =>
    written(server, 1, {
      eventName,
      eventTime,
      readOnly: false,
      responseElements: { keyMetadata: { keySpec: "SYMMETRIC_DEFAULT" } },
      resources: [{ ARN: "arn:aws:kms:us-west-2:000000000000:key/mrk-1" }],
      ...members,
    });
  await made("2031-01-01T00:00:00Z", "CreateKey");
  await made("2031-01-01T00:00:00Z", "CreateKey");
  await made("2031-01-11T00:00:00Z", "ScheduleKeyDeletion");
  await made("2031-01-18T00:00:00Z", "DeleteKey", { eventType: "AwsServiceEvent" });
  await made("2031-01-18T00:00:00Z", "TagResource", { errorCode: "NotFoundException" });
  await made("2031-01-21T00:00:00Z", "CreateKey");
  await moveTo(server, "2031-02-01T00:30:00Z");
  const month = await costs(server, "--month", "2031-01");
  const replica = usdOf(month, "arn:aws:kms:us-west-2:000000000000:key/mrk-1");
  assert.equal(replica.toFixed(8), ((10 + 11) / 31).toFixed(8));
  assert.equal(usdOf(month, key!.Arn!).toFixed(8), "1.00000000");
});

test("an hour of many keys lies on several pages, and each key on one of them", async () => {
  await using server = await testServer();
  for (let round = 0; round < 3; round++) {
    await written(server, 600, (key) => ({
      ...decrypt,
      resources: [{ ARN: `arn:aws:kms:eu-west-1:000000000000:key/k${key}` }],
      eventName: round === 1 ? "Encrypt" : "Decrypt",
    }));
    await server.house.meter.follow();
  }
  const cost = await costs(server, "--month", "2031-01");
  assert.deepEqual([cost.rows.length, cost.total.requests], [600, 1800]);
  assert.ok(cost.rows.every(({ requests }) => requests === 3));
  assert.equal(server.house.entities.countByScope("metered-requests", "000000000000"), 3);
});
