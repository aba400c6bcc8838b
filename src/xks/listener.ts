import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { OperatorError } from "../errors.ts";
import { headersOf, readBody } from "../wire/reading.ts";
import { limits } from "./protocol.ts";
import type { ProxyAnswer, XksProxyServer } from "./proxy.ts";

export interface ProxyListen {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** PEM. */
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface ProxyListening {
  readonly port: number;
  close(): Promise<void>;
}

/** The proxy's own listener: TLS, and limits on everything. Throws OperatorError. */
export function listenAsProxy({ host, port, cert, key }: ProxyListen, proxy: XksProxyServer): Promise<ProxyListening> {
  const limited = {
    maxHeaderSize: 16 * 1024,
    headersTimeout: 10_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 65_000,
  };
  const server = createServer({ cert, key, minVersion: "TLSv1.2", ...limited }, (incoming, response) =>
    receive(incoming, response, proxy),
  );
  server.maxHeadersCount = 0;
  server.maxConnections = 2000;
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new OperatorError(`Cannot listen on ${host}:${port}: ${error.message}`)));
    server.listen(port, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeIdleConnections();
            setTimeout(() => server.closeAllConnections(), 5000).unref();
          }),
      }),
    );
  });
}

function receive(incoming: IncomingMessage, response: ServerResponse, proxy: XksProxyServer): void {
  const headers = headersOf(incoming);
  const { method = "GET", url: target = "/", socket } = incoming;
  const refuse = (errorMessage: string) => {
    incoming.resume();
    send(response, { status: 400, content: { errorName: "ValidationException", errorMessage } }, true);
  };
  if (typeof headers === "string") return refuse(headers);
  readBody(incoming, limits.bodyBytes, (body) => {
    if (!body) return refuse("The request body is too large.");
    const remoteAddress = socket.remoteAddress ?? "";
    void proxy
      .answer({ method, target, headers, body, remoteAddress, secure: true, requestId: randomUUID() })
      .then((answer) => send(response, answer, false));
  });
}

function send(response: ServerResponse, { status, content }: ProxyAnswer, last: boolean): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(content);
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  response.writeHead(status, last ? { ...headers, Connection: "close" } : headers).end(body);
}
