import assert from "node:assert/strict";
import { test } from "node:test";
import { tallyLines } from "./tally.ts";
import { keyArn, lineOf } from "./testing.ts";

const resources = (id: string) => [{ accountId: "000000000000", type: "AWS::KMS::Key", ARN: keyArn(id) }];

test("calls that only read count together while all that a bill asks is the same", () => {
  const context = { 'a,"errorCode":"AccessDenied"': "b", errorCode: "AccessDenied", readOnly: false };
  const lines = [
    lineOf(),
    lineOf({ eventTime: "2026-01-31T10:59:59Z", sourceIPAddress: "10.0.0.1", userAgent: 'x","errorCode":"y' }),
    lineOf({ requestParameters: { encryptionContext: context } }),
    lineOf({ eventTime: "2026-01-31T11:00:00Z" }),
    lineOf({ eventName: "Decrypt" }),
    lineOf({ awsRegion: "us-west-2" }),
    lineOf({ resources: resources("5678") }),
    lineOf({ recipientAccountId: "111122223333" }),
    lineOf({ userIdentity: { type: "Root" } }),
    lineOf({ eventSource: "iam.amazonaws.com", userAgent: "kms.amazonaws.com" }),
  ];
  const counted = tallyLines(lines);
  assert.deepEqual(
    counted.map(({ count }) => count),
    [3, 1, 1, 1, 1, 1, 1],
  );
  assert.equal(counted[0]?.line, lines[0]);
});

test("refusals are apart; changes and data key pairs stand for themselves", () => {
  const [userAgent, errorCode] = ["test", "AccessDeniedException"];
  const failed = lineOf().replace(`"userAgent":"${userAgent}"`, (agent) => `${agent},"errorCode":"${errorCode}"`);
  const pair = lineOf({ eventName: "GenerateDataKeyPair", requestParameters: { keyPairSpec: "RSA_2048" } });
  const lines = [lineOf(), failed, failed, lineOf({ readOnly: false }), lineOf({ readOnly: false }), pair, pair];
  assert.deepEqual(
    tallyLines(lines).map(({ count }) => count),
    [1, 2, 1, 1, 1, 1],
  );
});
