import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { signRequest } from "../src/sigv4/sign.ts";
import { closedBytesPerRecord, type Filled, fillTrail } from "./filled-trail.ts";
import { load, once } from "./load.ts";
import { cpuSeconds, run, type Running, stop } from "./processes.ts";
import { requestsFor, subjects } from "./requests.ts";

/** What the trail costs a call, and what it answers when it is long. */
const rounds = 7;
const perRound = 4000;
const connections = 32;
const records = 1_000_000;
const lookUps = 100;

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const sorted = (values: number[]): number[] => values.sort((a, b) => a - b);
const at = (values: number[], part: number): number => sorted(values)[Math.floor(values.length * part)] ?? Number.NaN;

const newFolder = (): string => mkdtempSync(join(tmpdir(), "claviger-bench-"));
const serve = (folder: string): Promise<Running> =>
  run([path("../src/main.ts"), "dev", "--port", "0", "--data", folder]);

interface Cost {
  readonly realMicros: number;
  readonly memoryMicros: number;
  readonly ratio: number;
}

/** CPU of an Encrypt, threads, index, compression and checkpoints included, beside a trail kept in memory. */
async function measureCost(): Promise<Cost> {
  const folders = [newFolder(), newFolder()] as const;
  const real = await serve(folders[0]);
  const memory = await run([path("memory-trail.ts"), folders[1]]);
  try {
    const batches = [];
    for (const server of [real, memory]) {
      const [encrypt] = await subjects(server.port);
      batches.push(() => cpuOf(server, requestsFor(encrypt!, server.port, perRound)));
    }
    const measured: [number, number][] = [];
    for (let round = -1; round < rounds; round++) {
      const pair: [number, number] = [await batches[0]!(), await batches[1]!()];
      if (round >= 0) measured.push(pair);
    }
    return {
      realMicros: at(
        measured.map(([ours]) => ours),
        0.5,
      ),
      memoryMicros: at(
        measured.map(([, theirs]) => theirs),
        0.5,
      ),
      ratio: at(
        measured.map(([ours, theirs]) => ours / theirs),
        0.5,
      ),
    };
  } finally {
    await Promise.all([stop(real), stop(memory)]);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** With the background work that the calls leave behind: the process is watched until it rests. */
async function cpuOf(server: Running, requests: readonly Buffer[]): Promise<number> {
  const before = cpuSeconds(server.child);
  const { failures } = await load(server.port, requests, connections);
  if (failures > 0) throw new Error(`${failures} requests failed`);
  for (let last = -1; last !== cpuSeconds(server.child); ) {
    last = cpuSeconds(server.child);
    await new Promise((resolve) => setTimeout(resolve, 1100));
  }
  return ((cpuSeconds(server.child) - before) / requests.length) * 1e6;
}

function lookUp(port: number, attribute?: readonly [string, string]): Buffer {
  const LookupAttributes = attribute && [{ AttributeKey: attribute[0], AttributeValue: attribute[1] }];
  const text = JSON.stringify({ LookupAttributes, MaxResults: 50 });
  const headers = {
    host: `127.0.0.1:${port}`,
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
  };
  const scope = { region: "eu-west-1", service: "cloudtrail", now: Date.now() };
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const signed = signRequest({ method: "POST", target: "/", headers, body: Buffer.from(text) }, credentials, scope);
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join("")}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

interface Answered {
  readonly attribute: string;
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measureLookUps(server: Running, filled: Filled): Promise<Answered[]> {
  const asked: (readonly [string, string])[] = [
    ["EventId", filled.eventId],
    ["EventName", "Sign"],
    ["EventSource", "kms.amazonaws.com"],
    ["ReadOnly", "true"],
    ["Username", filled.userName],
    ["AccessKeyId", filled.accessKeyId],
    ["ResourceType", "AWS::KMS::Key"],
    ["ResourceName", filled.keyArn],
    ["EventName", "NeverHappened"],
  ];
  const answers: Answered[] = [];
  for (const attribute of [undefined, ...asked]) {
    const times: number[] = [];
    let events = 0;
    for (let count = 0; count < lookUps; count++) {
      const request = lookUp(server.port, attribute);
      const begin = performance.now();
      const { status, body } = await once(server.port, request);
      times.push(performance.now() - begin);
      if (status !== 200) throw new Error(`LookupEvents was answered ${status}: ${body.toString()}`);
      events = (JSON.parse(body.toString()) as { Events: unknown[] }).Events.length;
    }
    answers.push({ attribute: attribute?.join(" ") ?? "(any)", events, p50Ms: at(times, 0.5), p99Ms: at(times, 0.99) });
  }
  return answers;
}

/** What the trail costs and answers; printed, or as JSON. */
export async function tellTrail(json: boolean): Promise<void> {
  const tell = (text: string) => void (json || console.log(text));
  const cost = await measureCost();
  tell(
    `an Encrypt costs ${cost.realMicros.toFixed(0)} µs CPU with the trail, ${cost.memoryMicros.toFixed(0)} µs with one in memory: ${cost.ratio.toFixed(2)} times as much`,
  );
  const folders = [newFolder(), newFolder()] as const;
  try {
    tell(`writing ${records} records`);
    const filled = await fillTrail(folders[0], records);
    const bytes = closedBytesPerRecord(folders[0]);
    tell(`a record takes ${bytes.toFixed(0)} bytes once its segment is closed`);
    const empty = await serve(folders[1]);
    await stop(empty);
    const long = await serve(folders[0]);
    tell(`start to listening ${long.startSeconds.toFixed(2)} s with them, ${empty.startSeconds.toFixed(2)} s without`);
    const answers = await measureLookUps(long, filled);
    await stop(long);
    for (const { attribute, events, p50Ms, p99Ms } of answers)
      tell(
        `LookupEvents ${attribute.slice(0, 60).padEnd(60)} ${events} events  p50 ${p50Ms.toFixed(1)} ms  p99 ${p99Ms.toFixed(1)} ms`,
      );
    const starts = { filled: long.startSeconds, empty: empty.startSeconds };
    if (json) console.log(JSON.stringify({ cost, records, bytesPerRecord: bytes, starts, answers }, null, 2));
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}
