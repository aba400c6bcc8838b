import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { opensslMissing } from "./certificates.ts";
import { program, temporaryFolder } from "./cli-kit.ts";
import { receiver, until } from "./sinks-kit.ts";
import { testServer } from "./kit.ts";
import { everyLine } from "./sinks-kit.ts";
import { kmsCall, send } from "./wire-kit.ts";

const kills = 4;

test("killed under load, no sink misses a record, and each has them in order", { skip: opensslMissing }, async () => {
  using place = temporaryFolder();
  await using siem = await receiver();
  const [data, file] = [place.file("data"), place.file("audit.jsonl")];
  const https = `https://127.0.0.1:${siem.port}/#ca=${siem.certified!.caFile}`;
  const start = async () => {
    const args = [program, "dev", "--port", "0", "--data", data, "--sink", `file:${file}`, "--sink", https];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: child.stdout })) {
      const port = /^Listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) return { child, port: Number(port) };
    }
    throw new Error("the server ended before it listened");
  };
  const answered: string[] = [];
  const client = async (server: { port: number }, agent: Agent) => {
    try {
      for (;;) answered.push((await send(server, kmsCall(server, "ListKeys", {}), agent)).requestId);
    } catch (error) {
      if (!/ECONNRESET|ECONNREFUSED|socket hang up|EPIPE/.test(String(error))) throw error;
    }
  };
  for (let kill = 0; kill < kills; kill++) {
    const server = await start();
    const agent = new Agent({ keepAlive: true });
    const working = [client(server, agent), client(server, agent)];
    const enough = answered.length + 200;
    await until(() => answered.length >= enough, "calls are answered");
    server.child.kill("SIGKILL");
    await Promise.all([once(server.child, "exit"), ...working]);
    agent.destroy();
  }
  const server = await start();
  const idsIn = (text: string): string[] =>
    text
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => (JSON.parse(line) as { requestID: string }).requestID);
  const last = answered.at(-1)!;
  await until(() => siem.posts.some(({ body }) => body.includes(last)), "the newest record arrives");
  await until(() => readFileSync(file, "utf8").includes(last), "the newest record is in the file");
  server.child.kill("SIGTERM");
  await once(server.child, "exit");
  await using reader = await testServer({ data });
  const trail = idsIn((await everyLine(reader)).join("\n"));
  assert.ok(answered.every((id) => trail.includes(id)));
  for (const got of [idsIn(readFileSync(file, "utf8")), siem.posts.flatMap(({ body }) => idsIn(body.toString()))]) {
    const first = [...new Set(got)];
    assert.deepEqual(first, trail, "without what came twice it is the trail");
  }
});
