import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import { randomBytes } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { kms, testServer, type TestServer } from "./kit.ts";
import { CreateKeyCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { kmsCall, send, type Sent, withAuthorization, withHeader } from "./wire-kit.ts";

const records = async (server: TestServer): Promise<number> =>
  (await server.house.store.trail.after(0, 5000)).lines.length;

test("a principal that floods is throttled before it is recorded; others are not", async () => {
  await using server = await testServer({ ephemeral: true }, { flood: { perSecond: 0.001, burst: 5 } });
  const call = (accessKeyId: string) =>
    send(server, kmsCall(server, "ListKeys", {}, { credentials: { accessKeyId, secretAccessKey: "test" } }));
  for (let count = 0; count < 5; count++) assert.equal((await call("test")).status, 200);
  for (let count = 0; count < 20; count++) {
    const { status, code, message } = await call("test");
    assert.deepEqual(
      [status, code, message],
      [
        400,
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
      ],
    );
  }
  assert.equal((await call("111122223333")).status, 200);
  assert.equal(await records(server), 6);
});

const garbage = (server: TestServer): readonly (() => Sent)[] => {
  const good = () => kmsCall(server, "Encrypt", { KeyId: "alias/x", Plaintext: "AA==" });
  return [
    () => withHeader(good(), "authorization", undefined),
    () => withHeader(good(), "authorization", `AWS4-HMAC-SHA256 ${randomBytes(3000).toString("hex")}`),
    () => withHeader(good(), "x-amz-target", `TrentService.${"A".repeat(4000)}`),
    () => ({ ...good(), body: `${'{"a":'.repeat(20_000)}1` }),
    () => ({ ...good(), method: "DELETE" }),
    () => ({ ...good(), target: `/${"../".repeat(1000)}?${"a&".repeat(2000)}` }),
    () => withAuthorization(good(), (text) => text.replace("=test/", `=AKIA${randomBytes(8).toString("hex")}/`)),
    () => withAuthorization(good(), (text) => text.replace("eu-west-1", `r-${randomBytes(8).toString("hex")}`)),
    () => withHeader(good(), "x-amz-security-token", randomBytes(4000).toString("base64")),
    () => ({ ...good(), body: randomBytes(500).toString("latin1") }),
  ];
};

test("ten thousand garbage requests leave no record, no memory taken, and a server that answers", async () => {
  await using server = await testServer();
  const client = kms(server);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const encrypt = () => client.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId, Plaintext: Buffer.of(1) }));
  await encrypt();
  const makers = garbage(server);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const statuses = new Map<number, number>();
  const flood = async (count: number): Promise<void> => {
    let next = 0;
    const worker = async () => {
      while (next < count) {
        const { status } = await send(server, makers[next++ % makers.length]!(), agent);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  };
  await flood(2000);
  const before = heapAfterCollection();
  await flood(8000);
  const grown = heapAfterCollection() - before;
  assert.ok(grown < 16 * 1024 * 1024, `the heap grew by ${grown} bytes`);
  assert.ok(
    [...statuses.keys()].every((status) => status >= 400 && status < 500),
    JSON.stringify([...statuses]),
  );
  await encrypt();
  assert.equal(await records(server), 3);
  agent.destroy();
});

function heapAfterCollection(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

test("a web page cannot use the well-known credentials", async () => {
  await using server = await testServer();
  const good = () => kmsCall(server, "ListKeys", {});
  const others: readonly (readonly [name: string, value: string])[] = [
    ["sec-fetch-site", "cross-site"],
    ["sec-fetch-site", "same-site"],
    ["origin", "https://example.com"],
    ["origin", "null"],
    ["origin", `http://127.0.0.1:${server.port + 1}`],
    ["host", "example.com"],
    ["host", `localhost.example.com:${server.port}`],
    ["host", "169.254.169.254"],
  ];
  for (const [name, value] of others) {
    const signing = name === "host" ? { headers: { host: value } } : {};
    const sent = name === "host" ? kmsCall(server, "ListKeys", {}, signing) : withHeader(good(), name, value);
    const got = await send(server, sent);
    assert.deepEqual([got.status, got.code], [403, "AccessDeniedException"], `${name}: ${value}`);
  }
  for (const [name, value] of [
    ["sec-fetch-site", "same-origin"],
    ["sec-fetch-site", "none"],
    ["origin", `http://127.0.0.1:${server.port}`],
  ] as const)
    assert.equal((await send(server, withHeader(good(), name, value))).status, 200, `${name}: ${value}`);
  assert.equal(await records(server), 3);
});
