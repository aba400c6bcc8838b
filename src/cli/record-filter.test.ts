import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf } from "../audit/testing.ts";
import { type FilterFlags, matcherOf, readMoment } from "./record-filter.ts";
import type { TrailRecord } from "./record-line.ts";

const now = Date.parse("2026-03-10T12:34:56Z");

test("a moment is a date, a day's name, or how long ago", () => {
  const told = (text: string) => new Date(readMoment(text, now)).toISOString().slice(0, 19);
  assert.equal(told("2026-01-31"), "2026-01-31T00:00:00");
  assert.equal(told("2026-01-31T10:00:00Z"), "2026-01-31T10:00:00");
  assert.equal(told("today"), "2026-03-10T00:00:00");
  assert.equal(told("Yesterday"), "2026-03-09T00:00:00");
  for (const text of ["2h", "2h ago", " 2 h ago "]) assert.equal(told(text), "2026-03-10T10:34:56");
  assert.equal(told("1d12h"), "2026-03-09T00:34:56");
  for (const text of ["", "lastweek", "2", "ago", "2026-13-45", "h2", "2h ago ago"])
    assert.throws(() => readMoment(text, now), { name: "OperatorError" }, text);
});

test("an alias means the key that it named when the record was made", () => {
  const matches = matcherOf({ key: "alias/a" });
  const found = (members: Record<string, unknown>) => {
    const line = lineOf({ resources: [], ...members });
    return matches(JSON.parse(line) as TrailRecord, line);
  };
  const use = (id: string) => found({ resources: [{ ARN: `arn:aws:kms:eu-west-1:000000000000:key/${id}` }] });
  const point = (eventName: string, targetKeyId?: string) =>
    found({ eventName, requestParameters: { aliasName: "alias/a", targetKeyId } });
  assert.equal(use("one"), false);
  point("CreateAlias", "arn:aws:kms:eu-west-1:000000000000:key/one");
  assert.deepEqual([use("one"), use("two")], [true, false]);
  point("UpdateAlias", "two");
  assert.deepEqual([use("one"), use("two")], [false, true]);
  point("DeleteAlias");
  assert.deepEqual([use("one"), use("two")], [false, false]);
  assert.equal(found({ errorCode: "NotFoundException", errorMessage: 'Alias "alias/a" is not found' }), false);
  assert.equal(found({ errorCode: "NotFoundException", requestParameters: { keyId: "alias/a" } }), true);
});

test("filters narrow, each in the words of a person", () => {
  const line = lineOf({ errorCode: "AccessDenied", sourceIPAddress: "10.0.0.7" });
  const found = (flags: FilterFlags) => matcherOf(flags)(JSON.parse(line) as TrailRecord, line);
  const yes: FilterFlags[] = [
    {},
    { user: "ann" },
    { user: "AKIAEXAMPLE" },
    { event: "encrypt" },
    { event: "enc*" },
    { source: "kms.amazonaws.com" },
    { account: "000000000000" },
    { region: "eu-west-1" },
    { ip: "10.0.0.7" },
    { error: "accessdenied" },
    { text: "10.0.0" },
    { denied: true, errors: true },
    { since: "2026-01-31", until: "2026-02-01" },
  ];
  for (const flags of yes) assert.equal(found(flags), true, JSON.stringify(flags));
  const no: FilterFlags[] = [
    { user: "an" },
    { event: "Enc" },
    { ip: "10.0.0" },
    { error: "Denied" },
    { since: "2026-02-01" },
  ];
  for (const flags of no) assert.equal(found(flags), false, JSON.stringify(flags));
});
