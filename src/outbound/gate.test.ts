import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { certify, type Certified, opensslMissing } from "../../test/certificates.ts";
import { temporaryFolder } from "../../test/cli-kit.ts";
import { OutboundFailure } from "./failure.ts";
import { openOutbound, type Outbound, type OutboundRequest } from "./gate.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

interface Running extends AsyncDisposable {
  readonly port: number;
}

async function serving({ key, cert }: Certified, listener: RequestListener): Promise<Running> {
  const server = createServer({ key, cert }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

const get = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: "GET",
  url,
  headers: {},
  totalMs: 5000,
  answerMostBytes: 1000,
  ...more,
});

const fails = (outbound: Outbound, request: OutboundRequest, reason: string): Promise<void> =>
  assert.rejects(outbound.send(request), (error: unknown) => {
    assert.ok(error instanceof OutboundFailure, String(error));
    assert.equal(error.reason, reason, error.message);
    return true;
  });

describe("calls that leave through the operator's table", { skip: opensslMissing }, () => {
  let certified: Certified;
  before(() => void (certified = certify(folder.path, "DNS:xks.test,IP:127.0.0.1")));
  const to = (port: number, host = "xks.test"): Outbound =>
    openOutbound([{ host, address: "127.0.0.1", port, caFile: certified.caFile }]);

  test("reach the mapped address under the host's own name, with their body", async () => {
    await using server = await serving(certified, (incoming, response) => {
      incoming.on("data", (chunk: Buffer) => {
        response.setHeader("X-Seen", `${incoming.method} ${incoming.url} ${incoming.headers.host}`);
        response.end(`${chunk.toString()} ${incoming.headers["x-one"] as string}`);
      });
    });
    const outbound = to(server.port);
    const body = Buffer.from("hello");
    const request = get("https://xks.test/a/b?c=d", { method: "POST", headers: { "X-One": "1" }, body });
    for (let round = 0; round < 3; round++) {
      const answer = await outbound.send(request);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("x-seen"), "POST /a/b?c=d xks.test");
      assert.equal(answer.body.toString(), "hello 1");
    }
    outbound.close();
  });

  test("fail on a redirect, an answer too long, an answer too late, and a broken connection", async () => {
    await using server = await serving(certified, ({ url }, response) => {
      if (url === "/redirect") response.writeHead(302, { Location: "https://xks.test/" }).end();
      else if (url === "/long") response.end(Buffer.alloc(1001));
      else if (url === "/slow") response.write("x");
      else response.destroy();
    });
    const outbound = to(server.port);
    await fails(outbound, get("https://xks.test/redirect"), "redirect");
    await fails(outbound, get("https://xks.test/long"), "too large");
    await fails(outbound, get("https://xks.test/slow", { totalMs: 100 }), "timeout");
    await fails(outbound, get("https://xks.test/broken"), "unreachable");
    outbound.close();
  });

  test("fail when the certificate is another host's, or by an authority that is not the host's", async () => {
    await using server = await serving(certified, (_incoming, response) => response.end("never"));
    await fails(to(server.port, "other.test"), get("https://other.test/"), "untrusted");
    const world = openOutbound([{ host: "xks.test", address: "127.0.0.1", port: server.port }]);
    await fails(world, get("https://xks.test/"), "untrusted");
  });

  test("do not let the environment switch verification off", async () => {
    await using server = await serving(certified, (_incoming, response) => response.end("never"));
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      await fails(to(server.port, "other.test"), get("https://other.test/"), "untrusted");
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  test("survive that the other side drops a kept connection", async () => {
    const used = new Set<object>();
    await using server = await serving(certified, ({ socket }, response) => {
      if (used.has(socket)) socket.destroy();
      else response.end("ok");
      used.add(socket);
    });
    const outbound = to(server.port);
    for (let round = 0; round < 5; round++)
      assert.equal((await outbound.send(get("https://xks.test/"))).body.toString(), "ok");
    assert.equal(used.size, 5);
    outbound.close();
  });
});

describe("calls that leave without an entry in the table", () => {
  const outbound = openOutbound([]);

  for (const url of [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f000001/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/",
    "http://example.com/",
    "https://user:secret@example.com/",
    "https://example.com:8443/",
    "file:///etc/passwd",
    "nonsense",
  ])
    test(`never reach ${url}`, () => fails(outbound, get(url), "forbidden"));
});
