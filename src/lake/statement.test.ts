import assert from "node:assert/strict";
import { test } from "node:test";
import { prepareStatement } from "./statement.ts";

const id = "8c1b0b1c-0000-4000-8000-0123456789ab";
const prepared = (sql: string) => prepareStatement(sql, "2026-01-31 10:00:00.000");

test("only what is written plainly limits the times that are read", () => {
  const times = (where: string) => prepared(`SELECT eventName FROM ${id} ${where}`).times;
  assert.deepEqual(times("WHERE eventTime >= '2026-01-01 00:00:00' AND eventName = 'x' AND eventTime < '2026-01-02'"), {
    from: "2026-01-01 00:00:00.000",
    until: "2026-01-02",
  });
  assert.deepEqual(times("WHERE eventtime > timestamp '2026-01-01 10:00:00.5' GROUP BY 1"), {
    from: "2026-01-01 10:00:00.500",
  });
  for (const where of [
    "",
    "WHERE eventTime > '2026-01-01' OR 1 = 1",
    "WHERE NOT eventTime > '2026-01-01'",
    "WHERE (eventTime > '2026-01-01')",
    "WHERE eventTime > '2026' || 'x'",
    "WHERE eventTime BETWEEN '2026-01-01' AND '2026-01-02'",
    "WHERE eventName = (SELECT max(eventName) WHERE eventTime > '2026-01-01')",
    "WHERE 1 = 1 HAVING eventTime > '2026-01-01'",
    `JOIN ${id} ON 1 WHERE eventTime > '2026-01-01'`,
    "WHERE eventTime = '2026-01-01'",
    "WHERE eventTime <> '2026-01-01'",
  ])
    assert.deepEqual(times(where), {}, where);
});

test("names, texts and comments are what they are in SQL", () => {
  const sql = (text: string) => prepared(`SELECT ${text} FROM ${id}`).sql;
  assert.equal(sql("'it''s' -- a comment\n, \"eventname\" /* ; */"), `SELECT 'it''s' , "eventName" FROM store_0`);
  assert.equal(
    sql("t.userIdentity.sessionContext.sessionIssuer.arn"),
    `SELECT ("t"."userIdentity" ->> '$.sessionContext.sessionIssuer.arn') FROM store_0`,
  );
  assert.equal(sql("requestParameters['a b']"), `SELECT ("requestParameters" ->> 'a b') FROM store_0`);
  assert.equal(sql("requestParameters['$.x''y']"), `SELECT element_at("requestParameters", '$.x''y') FROM store_0`);
  assert.equal(
    sql("element_at(t.requestParameters, '[0]')"),
    `SELECT element_at("t"."requestParameters", '[0]') FROM store_0`,
  );
  assert.equal(sql("resources[2].type"), `SELECT ("resources" ->> '$[1].type') FROM store_0`);
  assert.equal(sql("now()"), `SELECT '2026-01-31 10:00:00.000' FROM store_0`);
  assert.deepEqual(prepared(`SELECT eventName, t.* FROM ${id} t`).columns.length, 33);
  assert.deepEqual(prepared(`SELECT count(*) FROM ${id}`).columns, []);
});
