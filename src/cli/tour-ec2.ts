import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type Answer, type AwsEndpoint, send, xmlText } from "./aws-client.ts";

export const blockBytes = 524_288;

/** One operation of EC2; the answer is XML, `xmlText` reads it. Throws AwsRefusal. */
export async function callEc2(
  endpoint: AwsEndpoint,
  Action: string,
  input: Readonly<Record<string, string>>,
): Promise<Answer<string>> {
  const body = new URLSearchParams({ Action, Version: "2016-11-15", ...input }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const { text, requestId } = await send(endpoint, { service: "ec2", method: "POST", target: "/", headers, body });
  return { output: text, requestId };
}

/** EBS direct: a snapshot of 1 GiB that takes blocks. */
export async function startSnapshot(endpoint: AwsEndpoint, KmsKeyArn: string): Promise<Answer<string>> {
  const body = JSON.stringify({ VolumeSize: 1, KmsKeyArn });
  const headers = { "content-type": "application/json" };
  const outgoing = { service: "ebs", method: "POST", target: "/snapshots", headers, body } as const;
  const { text, requestId } = await send(endpoint, outgoing);
  return { output: String((JSON.parse(text) as { SnapshotId: string }).SnapshotId), requestId };
}

export async function putBlock(endpoint: AwsEndpoint, snapshotId: string, body: Buffer): Promise<Answer<undefined>> {
  const headers = {
    "content-type": "application/octet-stream",
    "x-amz-data-length": String(body.length),
    "x-amz-checksum": createHash("sha256").update(body).digest("base64"),
    "x-amz-checksum-algorithm": "SHA256",
  };
  const target = `/snapshots/${snapshotId}/blocks/0`;
  const { requestId } = await send(endpoint, { service: "ebs", method: "PUT", target, headers, body });
  return { output: undefined, requestId };
}

export async function completeSnapshot(endpoint: AwsEndpoint, snapshotId: string): Promise<Answer<undefined>> {
  const headers = { "x-amz-changedblockscount": "1" };
  const target = `/snapshots/completion/${snapshotId}`;
  const { requestId } = await send(endpoint, { service: "ebs", method: "POST", target, headers });
  return { output: undefined, requestId };
}

/** The beginning of block 0, as whoever may read it sees it. */
export async function readBlock(endpoint: AwsEndpoint, snapshotId: string): Promise<Answer<string>> {
  const list = { service: "ebs", method: "GET", target: `/snapshots/${snapshotId}/blocks` } as const;
  const { text } = await send(endpoint, list);
  const [block] = (JSON.parse(text) as { Blocks: { BlockToken: string }[] }).Blocks;
  const target = `/snapshots/${snapshotId}/blocks/0?blockToken=${encodeURIComponent(block?.BlockToken ?? "")}`;
  const { text: bytes, requestId } = await send(endpoint, { service: "ebs", method: "GET", target });
  return { output: bytes, requestId };
}

/** How long anything in the stories may take; milliseconds. */
const patienceMs = 30_000;

/** Asks until the element says something else than these; what it says then. */
export async function settled(
  endpoint: AwsEndpoint,
  action: string,
  input: Readonly<Record<string, string>>,
  element: string,
  ...passing: readonly string[]
): Promise<string> {
  for (let waited = 0; waited < patienceMs; waited += 50) {
    const { output } = await callEc2(endpoint, action, input);
    const text = xmlText(output, element);
    if (!passing.includes(text)) return text;
    await wait(50);
  }
  return "too slow";
}
