import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { type Handle, listen, type ListenSettings } from "./listener.ts";
import type { WireReply, WireRequest } from "./protocol.ts";

const echo: Handle = (request, reply) =>
  reply({ status: 200, headers: { "Content-Type": "text/plain" }, body: `${request.method} ${request.body.length}` });

async function listener(settings: Partial<ListenSettings> = {}, handle: Handle = echo) {
  const all = { host: "127.0.0.1", port: 0, loopbackHostsOnly: true, ...settings };
  const made = await listen(all, handle, (path) => ({ status: path === "/livez" ? 200 : 503, body: "state" }));
  return { ...made, [Symbol.asyncDispose]: () => made.close(0) };
}

/** Bytes in, the whole answer out; the server is to end the connection. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (answer += chunk));
  socket.on("error", () => undefined);
  socket.write(text);
  await once(socket, "close");
  return answer;
}

const post = (port: number, headers: string, body = "", close = "Connection: close\r\n") =>
  raw(
    port,
    `POST / HTTP/1.1\r\nHost: localhost:${port}\r\n${close}${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
const status = (answer: string) => Number(answer.split(" ", 2)[1]);

test("a request arrives whole, every header value in order, and its answer carries id, date and length", async () => {
  const seen: WireRequest[] = [];
  await using server = await listener({}, (request, reply) => {
    seen.push(request);
    echo(request, reply);
  });
  const answer = await post(server.port, "X-Two: a\r\nx-two: b\r\n", "hello");
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(answer, /\r\nx-amzn-RequestId: [0-9a-f-]{36}\r\n/);
  assert.match(answer, /\r\nContent-Length: 6\r\n/);
  assert.match(answer, /\r\nDate: /);
  assert.match(answer, /\r\nContent-Type: text\/plain\r\n/);
  assert.ok(answer.endsWith("\r\n\r\nPOST 5"));
  assert.deepEqual(seen[0]!.headers.get("x-two"), ["a", "b"]);
  assert.equal(seen[0]!.remoteAddress, "127.0.0.1");
  assert.ok(answer.includes(seen[0]!.requestId));
});

test("a chunked body within the limit is taken", async () => {
  await using server = await listener();
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
  assert.ok((await raw(server.port, `${head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`)).endsWith("POST 5"));
});

test("a body over the limit is refused, declared or not, and the call is never made", async () => {
  let calls = 0;
  await using server = await listener({ maxBodyBytes: 100 }, (request, reply) => {
    calls += 1;
    echo(request, reply);
  });
  const declared = await post(server.port, "X-Amz-Target: a.b\r\n", "x".repeat(101));
  assert.equal(status(declared), 413);
  assert.match(declared, /"__type":"RequestEntityTooLargeException"/);
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`;
  assert.equal(status(await raw(server.port, `${head}c8\r\n${"x".repeat(200)}\r\n0\r\n\r\n`)), 413);
  assert.equal(status(await raw(server.port, `${head}fff\r\n${"x".repeat(0xfff)}\r\n`)), 413);
  assert.equal(calls, 0);
  assert.equal(status(await post(server.port, "", "x".repeat(100))), 200);
  assert.equal(calls, 1);
});

test("headers that decide something must not come twice; there must not be too many or too long ones", async () => {
  await using server = await listener();
  for (const name of [
    "Host",
    "Authorization",
    "X-Amz-Date",
    "X-Amz-Target",
    "X-Amz-Security-Token",
    "Content-Type",
    "X-Amz-Content-Sha256",
  ])
    assert.equal(
      status(await post(server.port, `${name}: localhost\r\n${name.toLowerCase()}: localhost\r\n`)),
      400,
      name,
    );
  assert.equal(status(await post(server.port, "Content-Length: 0\r\n")), 400);
  assert.equal(status(await post(server.port, "x: y\r\n".repeat(101))), 400);
  assert.equal(status(await post(server.port, `x: ${"y".repeat(20_000)}\r\n`)), 431);
});

test("what is not HTTP is refused and the connection ends", async () => {
  await using server = await listener();
  assert.equal(status(await raw(server.port, "\x16\x03\x01\x02\x00 hello\r\n\r\n")), 400);
  assert.equal(status(await raw(server.port, "POST / HTTP/1.1\r\n\r\n")), 400);
  const smuggled = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
  assert.equal(status(await raw(server.port, smuggled)), 400);
  assert.equal(status(await raw(server.port, "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n")), 400);
});

test("a web page of another site is refused before the call", async () => {
  await using server = await listener();
  const { port } = server;
  for (const [header, expected] of [
    ["Sec-Fetch-Site: cross-site", 403],
    ["Sec-Fetch-Site: same-site", 403],
    ["Sec-Fetch-Site: none", 200],
    ["Sec-Fetch-Site: same-origin", 200],
    ["Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site", 403],
    ["Origin: https://evil.example", 403],
    ["Origin: null", 403],
    [`Origin: http://localhost:${port + 1}`, 403],
    [`Origin: http://localhost:${port}`, 200],
  ] as const)
    assert.equal(status(await post(port, `${header}\r\n`)), expected, header);
});

test("in development only loopback names are answered", async () => {
  await using guarded = await listener();
  await using open = await listener({ loopbackHostsOnly: false });
  const hosted = (port: number, host: string) =>
    raw(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`).then(status);
  for (const host of [
    "localhost",
    "localhost:4566",
    "kms.localhost",
    "127.0.0.1:1",
    "127.8.8.8",
    "[::1]:4566",
    "LOCALHOST",
  ])
    assert.equal(await hosted(guarded.port, host), 200, host);
  for (const host of [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "evil/.localhost",
  ])
    assert.equal(await hosted(guarded.port, host), 403, host);
  assert.equal(await hosted(open.port, "kms.example"), 200);
});

test("probes answer without a call", async () => {
  await using server = await listener({}, () => assert.fail("no call"));
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
  assert.equal((await get("/livez")).status, 200);
  assert.equal(await (await get("/readyz")).text(), "state");
});

test("closing ends what is in flight, and a caller who goes away harms nobody", async () => {
  const held: ((reply: WireReply) => void)[] = [];
  const server = await listener({}, (_request, reply) => void held.push(reply));
  const gone = connect(server.port, "127.0.0.1");
  gone.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc");
  await once(gone, "connect");
  gone.destroy();
  const answer = post(server.port, "", "", "");
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const closed = server.close(60_000);
  held[0]!({ status: 200, headers: {}, body: "done" });
  held[0]!({ status: 500, headers: {}, body: "twice" });
  assert.ok((await answer).endsWith("done"));
  await closed;
});
