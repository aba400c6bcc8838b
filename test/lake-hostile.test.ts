import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { CancelQueryCommand, DescribeQueryCommand, StartQueryCommand } from "@aws-sdk/client-cloudtrail";
import { CreateKeyCommand, EncryptCommand } from "@aws-sdk/client-kms";
import fc from "fast-check";
import { temporaryFolder } from "./cli-kit.ts";
import { written } from "./cost-kit.ts";
import { kms, rootOf, testServer } from "./kit.ts";
import { cloudTrail, ended, makeStore, queried } from "./lake-kit.ts";

const secret = "a-secret-of-the-other-account";

const refused = (id: string): readonly string[] => [
  `ATTACH DATABASE 'claviger.db' AS other`,
  `PRAGMA table_list`,
  `SELECT 1 FROM ${id}; ATTACH DATABASE 'claviger.db' AS other`,
  `SELECT load_extension('x') FROM ${id}`,
  `SELECT * FROM pragma_table_list, ${id}`,
  `SELECT * FROM pragma_database_list, ${id}`,
  `SELECT * FROM "pragma_table_list", ${id}`,
  `SELECT sql FROM sqlite_master, ${id}`,
  `SELECT sql FROM sqlite_schema, ${id}`,
  `SELECT * FROM "sqlite_temp_schema", ${id}`,
  `SELECT * FROM main.sqlite_master, ${id}`,
  `SELECT * FROM row, ${id}`,
  `SELECT * FROM trail, ${id}`,
  `SELECT * FROM json_each('[1]'), ${id}`,
  `SELECT * FROM dbstat, ${id}`,
  `SELECT * FROM fts3tokenize, ${id}`,
  `SELECT randomblob(1000000000) FROM ${id}`,
  `SELECT zeroblob(1000000000) FROM ${id}`,
  `SELECT printf('%1000000000d', 1) FROM ${id}`,
  `SELECT writefile('x', 'y') FROM ${id}`,
  `SELECT readfile('/etc/passwd') FROM ${id}`,
  `SELECT sqlite_version() FROM ${id}`,
  `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c, ${id}`,
  `WITH c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c, ${id}`,
  `SELECT eventName FROM ${id} WHERE eventName GLOB '${"*a".repeat(2000)}'`,
  `SELECT 1 FROM ${id} WHERE ${"NOT ".repeat(2400)} 1`,
  `INSERT INTO ${id} VALUES (1)`,
  `WITH x AS (SELECT 1) DELETE FROM ${id}`,
  `WITH x AS (SELECT 1) INSERT INTO ${id} SELECT 1`,
  `SELECT 1 FROM ${id} INTO OUTFILE 'x'`,
  `CREATE TABLE x AS SELECT * FROM ${id}`,
  `EXPLAIN SELECT * FROM ${id}`,
  `VALUES (1)`,
];

test("nothing but the store's own records is read, whatever SQL is sent, and nothing is written", async () => {
  using data = temporaryFolder();
  await using server = await testServer({ data: data.path });
  const theirs = kms(server, rootOf("111122223333"));
  const { KeyMetadata: key } = await theirs.send(new CreateKeyCommand({ Description: secret }));
  const context = { EncryptionContext: { secret }, Plaintext: Buffer.from("x") };
  await theirs.send(new EncryptCommand({ KeyId: key!.KeyId, ...context }));
  const client = cloudTrail(server);
  const id = await makeStore(client);
  const files = readdirSync(data.path);
  for (const statement of refused(id)) {
    const answer = await queried(client, statement).catch((error: Error) => ({ status: error.name, rows: [] }));
    assert.match(answer.status, /^(FAILED|InvalidQueryStatementException)$/, statement);
    assert.deepEqual(answer.rows, [], statement);
  }
  const everything = await queried(client, `SELECT * FROM ${id}`);
  assert.equal(everything.status, "FINISHED");
  assert.doesNotMatch(JSON.stringify(everything.rows), new RegExp(`${secret}|111122223333`));
  assert.deepEqual(readdirSync(data.path), files);
});

test("bombs of time and memory end, and calls go on meanwhile", async () => {
  await using server = await testServer(undefined, { lake: { timeMostMs: 8000, memoryMost: 32 * 1024 * 1024 } });
  const client = cloudTrail(server);
  const id = await makeStore(client);
  for (let call = 0; call < 20; call++)
    await client.send(new DescribeQueryCommand({ QueryId: "f".repeat(36) })).catch(() => {});
  const wide = Array.from({ length: 12 }, (_, at) => `${id} t${at}`).join(", ");
  const doubled = (text: string, times: number): string =>
    times === 0 ? text : doubled(`replace(${text}, 'x', 'xxxxxxxxxx')`, times - 1);
  const bombs: Record<string, RegExp> = {
    [`SELECT count(*) FROM ${wide}`]: /^TIMED_OUT$/,
    [`SELECT t0.eventJson FROM ${wide} ORDER BY t1.eventJson, t2.eventJson`]: /^(TIMED_OUT|FAILED)$/,
    [`SELECT length(${doubled("'x'", 9)}) FROM ${id}`]: /^(TIMED_OUT|FAILED)$/,
    [`SELECT group_concat(a.eventJson || b.eventJson || c.eventJson) FROM ${id} a, ${id} b, ${id} c`]:
      /^(TIMED_OUT|FAILED)$/,
    [`SELECT eventJson FROM ${wide}`]: /^(TIMED_OUT|FAILED)$/,
    [`SELECT 1 FROM ${id} WHERE eventJson LIKE '${"%a".repeat(450)}'`]: /^(FINISHED|TIMED_OUT)$/,
    [`WITH a AS (SELECT 1 x FROM ${id}), ${Array.from({ length: 24 }, (_, at) => `${String.fromCharCode(98 + at)} AS (SELECT * FROM ${String.fromCharCode(97 + at)}, ${String.fromCharCode(97 + at)} z)`).join(", ")} SELECT * FROM y`]:
      /^(TIMED_OUT|FAILED)$/,
  };
  const started = Object.entries(bombs).map(async ([statement, wanted]) => {
    const answer = await queried(client, statement);
    assert.match(answer.status, wanted, statement.slice(0, 200));
  });
  const { KeyMetadata: key } = await kms(server).send(new CreateKeyCommand({}));
  await kms(server).send(new EncryptCommand({ KeyId: key!.KeyId, Plaintext: Buffer.from("x") }));
  await Promise.all(started);
});

test("a query that holds too much is ended before its time is over", async () => {
  await using server = await testServer(undefined, { lake: { timeMostMs: 150_000, memoryMost: 8 * 1024 * 1024 } });
  const client = cloudTrail(server);
  const id = await makeStore(client);
  for (let batch = 0; batch < 20; batch++)
    await written(server, 20, {
      eventTime: new Date(server.house.clocks.domain() + 2000).toISOString().slice(0, 19) + "Z",
    });
  const wide = Array.from({ length: 3 }, (_, at) => `${id} t${at}`).join(", ");
  const sorted = await queried(
    client,
    `SELECT t0.eventJson || t1.eventJson FROM ${wide} ORDER BY t1.eventJson, t2.eventID`,
  );
  assert.deepEqual([sorted.status, sorted.error], ["FAILED", "Query exhausted resources at this scale factor"]);
  await written(server, 20_000, {
    eventTime: new Date(server.house.clocks.domain() + 2000).toISOString().slice(0, 19) + "Z",
  });
  const loaded = await queried(client, `SELECT max(eventJson) FROM ${id}`);
  assert.deepEqual([loaded.status, loaded.error], ["FAILED", "Query exhausted resources at this scale factor"]);
});

test("a query that is cancelled ends at once; ten run at most", async () => {
  await using server = await testServer();
  const client = cloudTrail(server);
  const id = await makeStore(client);
  const wide = Array.from({ length: 30 }, (_, at) => `${id} t${at}`).join(", ");
  for (let call = 0; call < 10; call++) await queried(client, `SELECT 1 FROM ${id} LIMIT 1`);
  const start = () => client.send(new StartQueryCommand({ QueryStatement: `SELECT count(*) FROM ${wide}` }));
  const ids: string[] = [];
  for (let query = 0; query < 10; query++) ids.push((await start()).QueryId!);
  await assert.rejects(start(), { name: "MaxConcurrentQueriesException" });
  const status = async (QueryId: string) => (await client.send(new DescribeQueryCommand({ QueryId }))).QueryStatus;
  while ((await status(ids[0]!)) !== "RUNNING") await pause(20);
  for (const QueryId of ids)
    assert.equal((await client.send(new CancelQueryCommand({ QueryId }))).QueryStatus, "CANCELLED");
  for (const QueryId of ids) assert.equal((await ended(client, QueryId)).status, "CANCELLED");
  assert.equal((await queried(client, `SELECT 1 FROM ${id} LIMIT 1`)).status, "FINISHED");
});

test("what looks like SQL and is none is refused or fails, and never answers with more", async () => {
  await using server = await testServer();
  await kms(server, rootOf("111122223333")).send(new CreateKeyCommand({ Description: secret }));
  const client = cloudTrail(server);
  const id = await makeStore(client);
  const words =
    `SELECT FROM WHERE * ( ) , . ; ' " [ ] 1 'a' eventJson userIdentity arn ${id} UNION ALL sqlite_master row store_0 main temp JOIN ON WITH AS x json_each pragma_function_list element_at requestParameters -- /* */ CASE WHEN END ORDER BY`.split(
      " ",
    );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...words), { minLength: 2, maxLength: 14 }), async (parts) => {
      const answer = await queried(client, `SELECT ${parts.join(" ")} FROM ${id}`).catch(() => undefined);
      assert.doesNotMatch(JSON.stringify(answer?.rows ?? []), /a-secret-of|111122223333/);
    }),
    { numRuns: 60 },
  );
});
