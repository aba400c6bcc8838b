import assert from "node:assert/strict";
import { AwsError } from "../../src/errors.ts";
import type { TestServer } from "../kit.ts";
import { account } from "../principals.ts";
import { type Ask, asRoot, type Input, makeKey, region } from "../sample-calls.ts";
import { records, type TrailRecord } from "../trail.ts";
import { dateless, type Expected, filled } from "./expected.ts";

/** A fresh key for the operation, with what the call needs. */
export async function prepared(
  server: TestServer,
  { kind = "symmetric", before, input }: Expected,
): Promise<{ values: Input; input: Input }> {
  const ask = asRoot(server);
  const key = await makeKey(kind, ask);
  const id = key.slice(key.indexOf("/") + 1);
  const values: Input = { account, key, id, alias: `arn:aws:kms:${region}:${account}:alias/${id}` };
  Object.assign(values, await before?.(key, ask, asRoot(server, account, "ap-south-1")));
  return { values, input: filled(input, values) };
}

/** Calls, and gives what was answered or refused with the records of that operation that the call left. */
export async function performed(
  server: TestServer,
  ask: Ask,
  name: string,
  input: Input,
): Promise<{ answer?: Input; error?: AwsError; told: TrailRecord[] }> {
  const { length: before } = await records(server);
  const outcome = await ask(name, input).then(
    (answer) => ({ answer }),
    (error: unknown) => {
      assert.ok(error instanceof AwsError, `${name}: ${String(error)}`);
      return { error };
    },
  );
  const told = (await records(server)).slice(before).filter(({ eventName, userIdentity }) => {
    return eventName === name && userIdentity.invokedBy === undefined;
  });
  return { ...outcome, told };
}

const root = { type: "Root", principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account };

/** The whole record, but for what only the call knows. */
export function expectedRecord(name: string, expected: Expected, values: Input, more: object = {}): object {
  const { readOnly, requestParameters, responseElements, additionalEventData, resources, made = [] } = expected;
  return {
    eventVersion: "1.11",
    userIdentity: { ...root, accessKeyId: "AKIA" },
    eventSource: "kms.amazonaws.com",
    eventName: name,
    awsRegion: region,
    sourceIPAddress: "203.0.113.9",
    userAgent: "tests",
    requestParameters: filled(requestParameters, values),
    responseElements: filled(responseElements ?? null, values),
    ...(additionalEventData && { additionalEventData: filled(additionalEventData, values) }),
    readOnly,
    resources: filled([...resources, ...made], values).map(resource),
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
    ...more,
  };
}

const resource = (ARN: string): object => ({ ARN, accountId: ARN.split(":")[4], type: "AWS::KMS::Key" });

/** Without what only the call knows, whose form is looked at. */
export function comparable(record: TrailRecord): object {
  const { eventTime, requestID, eventID, ...rest } = record;
  assert.match(eventTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  for (const id of [requestID, eventID]) assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  return dateless(rest);
}

/** Bytes that came or went, and tokens: nothing of them may stand in a record, in any spelling. */
export function keepsSecrets(told: readonly TrailRecord[], ...values: readonly unknown[]): void {
  const text = JSON.stringify(told);
  for (const secret of values.flatMap((value) => secretsOf(value))) {
    const spellings = [
      secret.toString("base64"),
      secret.toString("base64url"),
      secret.toString("hex"),
      secret.toString("latin1"),
    ];
    for (const spelling of spellings) assert.ok(!text.includes(spelling.slice(0, 40)), spelling.slice(0, 12));
  }
}

const secretNames = /(?<!Client)Token$|Password$|^SecretAccessKey$|^RawSecretAccessKey$/;

function secretsOf(value: unknown, name = ""): Buffer[] {
  if (Buffer.isBuffer(value)) return [value];
  if (typeof value === "string") return secretNames.test(name) ? [Buffer.from(value)] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([member, inner]) => secretsOf(inner, member));
}
