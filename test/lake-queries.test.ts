import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelQueryCommand,
  DescribeQueryCommand,
  GetQueryResultsCommand,
  ListQueriesCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateKeyCommand, DescribeKeyCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { kms, rootOf, testServer } from "./kit.ts";
import { cloudTrail, ended, makeStore, queried, values } from "./lake-kit.ts";

test("Lake's SQL reads columns, structs, maps, lists and times", async () => {
  await using server = await testServer();
  const client = cloudTrail(server);
  const id = await makeStore(client);
  const keys = kms(server);
  const { KeyMetadata: key } = await keys.send(new CreateKeyCommand({ Tags: [{ TagKey: "a", TagValue: "b" }] }));
  const KeyId = key!.KeyId!;
  for (const order of ["1", "2", "3"])
    await keys.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x"), EncryptionContext: { order } }));
  await assert.rejects(keys.send(new DescribeKeyCommand({ KeyId: "alias/it's" })));
  const one = async (sql: string) => values(await queried(client, sql));
  assert.deepEqual(
    await one(`SELECT eventName, count(*) AS calls FROM ${id} WHERE eventSource = 'kms.amazonaws.com'
      AND errorCode IS NULL GROUP BY eventName ORDER BY calls DESC LIMIT 10`),
    [
      ["Encrypt", "3"],
      ["CreateKey", "1"],
    ],
  );
  const named = await queried(
    client,
    `SELECT useridentity.arn, userIdentity.type AS kind, element_at(requestParameters, 'keyId'),
      requestParameters['encryptionContext'], resources[1].arn, e.resources[1].accountid, readOnly, upper(eventname)
      FROM ${id} AS e WHERE eventName LIKE 'Encr%' AND readonly = true ORDER BY eventTime, e.eventID LIMIT 1`,
  );
  assert.deepEqual([named.status, named.error], ["FINISHED", undefined]);
  const [row] = named.rows;
  assert.deepEqual(
    row!.map(([name]) => name),
    ["arn", "kind", "_col2", "_col3", "ARN", "accountId", "readOnly", "_col7"],
  );
  const [arn, kind, keyId, context, resource, account, readOnly, upper] = row!.map(([, value]) => value);
  assert.deepEqual([arn, kind, keyId], ["arn:aws:iam::000000000000:root", "Root", KeyId]);
  assert.match(context!, /^\{"order":"[123]"\}$/);
  assert.deepEqual([resource, account, readOnly, upper], [key!.Arn, "000000000000", "true", "ENCRYPT"]);
  assert.deepEqual(await one(`SELECT count(*) FROM ${id} WHERE eventName LIKE 'encr%'`), [["0"]]);
  assert.deepEqual(await one(`SELECT errorMessage FROM ${id} WHERE errorCode = 'NotFoundException'`), [
    ["Alias arn:aws:kms:eu-west-1:000000000000:alias/it's is not found."],
  ]);
  const now = new Date(server.house.clocks.domain() + 5000).toISOString().slice(0, 19).replace("T", " ");
  assert.deepEqual(
    await one(`SELECT count(*) FROM ${id} WHERE eventTime > '2020-01-01 00:00:00' AND eventTime < timestamp '${now}'
      AND eventTime > date_add('hour', -1, now()) AND eventName = 'Encrypt'`),
    [["3"]],
  );
  const all = await queried(client, `SELECT * FROM "${id}"`.replaceAll('"', "") + ` WHERE eventName = 'CreateKey';`);
  const shown = Object.fromEntries(all.rows[0]!);
  assert.match(shown.eventTime!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000$/);
  assert.match(shown.userIdentity!, /^\{type=Root, principalId=000000000000, arn=arn:aws:iam::000000000000:root, /);
  assert.match(shown.requestParameters!, /multiRegion=false/);
  assert.equal((JSON.parse(shown.eventJson!) as { eventName: string }).eventName, "CreateKey");
  assert.deepEqual(
    await one(`WITH uses AS (SELECT json_extract(eventJson, '$.resources[0].ARN') k FROM ${id} WHERE eventName = 'Encrypt')
      SELECT k, CAST(count(*) AS varchar) FROM uses GROUP BY 1 UNION ALL SELECT 'x', CASE WHEN 1 IN (1, 2) THEN 'y' END`),
    [
      [key!.Arn, "3"],
      ["x", "y"],
    ],
  );
  assert.deepEqual(
    values(await queried(client, `SELECT count(*) FROM ${id} WHERE eventName = ?`, { QueryParameters: ["Encrypt"] })),
    [["3"]],
  );
  const bad = await queried(client, `SELECT colour FROM ${id}`);
  assert.deepEqual([bad.status, bad.error], ["FAILED", "no such column: colour"]);
  for (const wrong of [
    `SELECT userIdentity.colour FROM ${id}`,
    `SELECT 1`,
    `DELETE FROM ${id}`,
    `SELECT 1 FROM ${id}; SELECT 2`,
    `SELECT eventName.x FROM ${id}`,
    `SELECT 'open FROM ${id}`,
  ])
    await assert.rejects(
      client.send(new StartQueryCommand({ QueryStatement: wrong })),
      { name: "InvalidQueryStatementException" },
      wrong,
    );
});

test("a result comes page by page; its query is described, listed and forgotten; others see nothing of it", async () => {
  await using server = await testServer();
  const client = cloudTrail(server);
  const id = await makeStore(client);
  const { QueryId } = await client.send(
    new StartQueryCommand({
      QueryStatement: `SELECT eventID, eventName FROM ${id}`,
      QueryAlias: "all",
      DeliveryS3Uri: "s3://results/x",
    }),
  );
  assert.equal((await ended(client, QueryId!)).status, "FINISHED");
  const wide = await queried(
    client,
    `SELECT a.eventID FROM ${id} a, ${id} b, ${id} c, ${id} d, ${id} e, ${id} f, ${id} g, ${id} h LIMIT 2500`,
  );
  assert.equal(wide.rows.length, 1000);
  const { Queries } = await client.send(new ListQueriesCommand({ EventDataStore: id, QueryStatus: "FINISHED" }));
  assert.deepEqual(Queries!.map((query) => query.QueryId).at(-1), QueryId);
  const big = Queries![0]!.QueryId!;
  const sizes: number[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetQueryResultsCommand({ QueryId: big, MaxQueryResults: 700, NextToken }));
    sizes.push(page.QueryResultRows!.length);
    assert.equal(page.QueryStatistics!.TotalResultsCount, 2500);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(sizes, [700, 700, 700, 400]);
  const described = await client.send(new DescribeQueryCommand({ QueryAlias: "all" }));
  assert.equal(described.QueryId, QueryId);
  assert.ok(described.QueryStatistics!.BytesScanned! > 0 && described.QueryStatistics!.EventsScanned! > 0);
  assert.equal(described.DeliveryStatus, "RESOURCE_NOT_FOUND");
  await assert.rejects(client.send(new CancelQueryCommand({ QueryId })), { name: "InactiveQueryException" });
  const stranger = cloudTrail(server, rootOf("111122223333"));
  for (const command of [new DescribeQueryCommand({ QueryId }), new GetQueryResultsCommand({ QueryId: QueryId! })])
    await assert.rejects(stranger.send(command as DescribeQueryCommand), { name: "QueryIdNotFoundException" });
  const theirs = new StartQueryCommand({ QueryStatement: `SELECT * FROM ${id}` });
  await assert.rejects(stranger.send(theirs), { name: "EventDataStoreNotFoundException" });
});
