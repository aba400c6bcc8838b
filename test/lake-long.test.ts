import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { DescribeQueryCommand, StartQueryCommand } from "@aws-sdk/client-cloudtrail";
import { temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { written } from "./cost-kit.ts";
import { testServer } from "./kit.ts";
import { cloudTrail, ended, makeStore, queried, values } from "./lake-kit.ts";
import { TrailReader } from "../src/store/trail/reader.ts";

test("of a long trail, partly closed, only what is asked for is read; the answer is the same", async () => {
  using data = temporaryFolder();
  await using server = await testServer({ data: data.path });
  const client = cloudTrail(server);
  await advance(server, Date.parse("2031-01-01T00:00:00Z") - server.house.clocks.domain());
  const id = await makeStore(client);
  for (let hour = 1; hour <= 30; hour++)
    await written(server, 300, { eventTime: new Date(Date.UTC(2031, 0, 1, hour)).toISOString().slice(0, 19) + "Z" });
  await advance(server, 3 * 86_400_000);
  const segments = () => {
    using reader = new TrailReader(data.file("claviger.db"));
    return [...reader.rows("segments")].length;
  };
  while (segments() === 0) await pause(20);
  const late = "eventTime >= '2031-01-02 04:00:00' AND eventTime < '2031-01-02 06:00:00'";
  const counted = async (where: string) => {
    const { QueryId } = await client.send(
      new StartQueryCommand({
        QueryStatement: `SELECT count(*), min(eventTime), max(eventTime) FROM ${id} WHERE ${where}`,
      }),
    );
    const answer = values(await ended(client, QueryId!));
    const { QueryStatistics } = await client.send(new DescribeQueryCommand({ QueryId }));
    return { answer, scanned: QueryStatistics!.EventsScanned! };
  };
  const [plain, hidden] = [await counted(late), await counted(`(${late})`)];
  assert.deepEqual(plain.answer, [["600", "2031-01-02 04:00:00.000", "2031-01-02 05:00:00.000"]]);
  assert.deepEqual(hidden.answer, plain.answer);
  assert.ok(plain.scanned <= 900 && hidden.scanned >= 9000, `${plain.scanned} and ${hidden.scanned}`);
});

test("a query that was left unfinished is answered after the next start", async () => {
  using data = temporaryFolder();
  const ids: string[] = [];
  let store = "";
  {
    await using server = await testServer({ data: data.path });
    const client = cloudTrail(server);
    store = await makeStore(client);
    for (let query = 0; query < 5; query++) {
      const wide = new StartQueryCommand({ QueryStatement: `SELECT count(*) FROM ${store} a, ${store} b` });
      ids.push((await client.send(wide)).QueryId!);
    }
  }
  await using server = await testServer({ data: data.path });
  const client = cloudTrail(server);
  for (const id of ids) assert.equal((await ended(client, id)).status, "FINISHED");
  await advance(server, 8 * 86_400_000);
  for (const id of ids) await assert.rejects(ended(client, id), { name: "QueryIdNotFoundException" });
  assert.equal(server.house.entities.countByParent("lake-result", ids[0]!), 0);
  assert.equal((await queried(client, `SELECT 1 FROM ${store} LIMIT 1`)).status, "FINISHED");
});
