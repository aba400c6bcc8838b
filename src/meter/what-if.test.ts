import assert from "node:assert/strict";
import { test } from "node:test";
import { keyArn, lineOf } from "../audit/testing.ts";
import { WhatIf } from "./what-if.ts";

const january = [Date.UTC(2031, 0), Date.UTC(2031, 1)] as const;
const at = (seconds: number) => new Date(january[0] + seconds * 1000).toISOString().slice(0, 19) + "Z";
const user = (arn: string, invokedBy?: string) => ({ type: "IAMUser", arn, accountId: "000000000000", invokedBy });

function savings(lines: readonly string[], reuse = { minutes: 5, messages: 3 }) {
  const whatIf = new WhatIf(reuse, ...january);
  for (const line of lines) whatIf.take(line);
  return Object.fromEntries(whatIf.savings().map(({ by, calls, saved, usd }) => [by, [calls, saved, usd]]));
}

test("a call is saved when it repeats one within the time and the number of messages", () => {
  const call = (seconds: number, context: object | undefined, members: object = {}) =>
    lineOf({
      eventName: "GenerateDataKey",
      eventTime: at(seconds),
      userIdentity: user("ann"),
      requestParameters: { keyId: "k", ...(context && { encryptionContext: context }) },
      ...members,
    });
  const lines = [
    call(0, { a: "1", b: "2" }),
    call(10, { b: "2", a: "1" }),
    call(299, { a: "1", b: "2" }),
    call(299, { a: "1", b: "2" }),
    call(0, undefined, { userIdentity: user("bob") }),
    call(300, undefined, { userIdentity: user("bob") }),
    call(301, undefined, { userIdentity: user("eve") }),
    call(301, undefined, { userIdentity: user("bob"), resources: [{ ARN: keyArn("other") }] }),
    call(301, undefined, { userIdentity: user("bob"), errorCode: "AccessDeniedException" }),
    call(301, undefined, { userIdentity: user("bob"), eventName: "Encrypt" }),
    call(301, undefined, { userIdentity: user("bob"), eventName: "Decrypt" }),
  ];
  assert.deepEqual(savings(lines), { "data-key caching": [9, 2, 0] });
});

test("a bucket's key serves its objects, a queue's all of its users; what was free saves nothing", () => {
  const s3 = (seconds: number, object: string) =>
    lineOf({
      eventName: "Decrypt",
      eventTime: at(seconds),
      userIdentity: user("ann", "s3.amazonaws.com"),
      requestParameters: { encryptionContext: { "aws:s3:arn": object } },
    });
  const sqs = (seconds: number, who: string) =>
    lineOf({ eventName: "GenerateDataKey", eventTime: at(seconds), userIdentity: user(who, "sqs.amazonaws.com") });
  const used = Array.from({ length: 19_998 }, () => lineOf({ eventName: "ListKeys", eventTime: at(1) }));
  const lines = [s3(0, "arn:aws:s3:::one/a"), s3(1, "arn:aws:s3:::one/b"), s3(2, "arn:aws:s3:::two/a")];
  const found = savings([...used, ...lines, sqs(3, "ann"), sqs(4, "bob")]);
  assert.deepEqual(found, {
    "S3 bucket keys": [3, 1, 3 * 0.000003 - 2 * 0.000003],
    "SQS data key reuse": [2, 1, 3 * 0.000003 - 2 * 0.000003],
  });
});
