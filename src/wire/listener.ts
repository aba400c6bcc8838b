import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { OperatorError } from "../errors.ts";
import { browserRefusal } from "./browsers.ts";
import type { WireReply, WireRequest } from "./protocol.ts";
import { headersOf, readBody } from "./reading.ts";

export interface ListenSettings {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** A Host that is not a loopback name is refused (development mode). */
  readonly loopbackHostsOnly: boolean;
  /** Default 1 MiB: the largest legitimate body is a key policy of 128 KiB in JSON escapes. */
  readonly maxBodyBytes?: number;
  readonly maxConnections?: number;
  /** From the first byte to the end of the headers, and to the end of the body. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

export type Handle = (request: WireRequest, reply: (reply: WireReply) => void) => void;
export type Probe = (path: "/livez" | "/readyz") => { readonly status: number; readonly body: string };

export interface Listening {
  readonly port: number;
  /** Stops accepting, gives what is in flight this long, then closes. */
  close(graceMs: number): Promise<void>;
}

const headersMostBytes = 16 * 1024;

/** The largest gap between two calls of a client that keeps its connection; SDKs drop theirs before. */
const keepAliveMs = 65_000;

export function listen(settings: ListenSettings, handle: Handle, probe: Probe): Promise<Listening> {
  const server = createServer({
    maxHeaderSize: headersMostBytes,
    headersTimeout: settings.headersTimeoutMs ?? 10_000,
    requestTimeout: settings.requestTimeoutMs ?? 30_000,
    connectionsCheckingInterval: Math.min(settings.headersTimeoutMs ?? 10_000, 5000),
    keepAliveTimeout: keepAliveMs,
  });
  // Counted where they are read: here the surplus would be dropped silently, and the signature with it.
  server.maxHeadersCount = 0;
  server.maxConnections = settings.maxConnections ?? 10_000;
  server.on("request", (incoming, response) => receive(incoming, { response, server }, settings, handle, probe));
  server.on("clientError", refuseMalformed);
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const cause = taken ? "the port is in use" : error.message;
      const hint = taken ? "choose another port with --port, or 0 for any" : undefined;
      reject(new OperatorError(`Cannot listen on ${settings.host}:${settings.port}: ${cause}`, hint));
    });
    server.listen(settings.port, settings.host, () => resolve(listening(server)));
  });
}

function listening(server: Server): Listening {
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: (graceMs) =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** What is not HTTP, or too slow, or too long in its headers: one line, and the connection ends. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: NodeJS.WritableStream & { destroyed?: boolean }): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    (socket as Socket).destroy();
    return;
  }
  const statuses: Readonly<Record<string, string>> = {
    HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
    ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  };
  const status = statuses[error.code ?? ""] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

interface Exchange {
  readonly response: ServerResponse;
  readonly server: Server;
}

/** Limits and browsers first; then the body; then the call. */
function receive(
  incoming: IncomingMessage,
  exchange: Exchange,
  settings: ListenSettings,
  handle: Handle,
  probe: Probe,
): void {
  const requestId = randomUUID();
  const { method = "GET", url: target = "/", socket } = incoming;
  if (method === "GET" && (target === "/livez" || target === "/readyz")) {
    const { status, body } = probe(target);
    return send(exchange, requestId, { status, headers: { "Content-Type": "text/plain" }, body });
  }
  const headers = headersOf(incoming);
  if (typeof headers === "string") return turnAway(incoming, exchange, requestId, 400, headers);
  if (!target.startsWith("/")) return turnAway(incoming, exchange, requestId, 400, "The request target is no path.");
  const refusal = browserRefusal(headers, settings.loopbackHostsOnly);
  if (refusal !== undefined) return turnAway(incoming, exchange, requestId, 403, refusal);
  readBody(incoming, settings.maxBodyBytes ?? 1024 * 1024, (body) => {
    if (body === undefined) return turnAway(incoming, exchange, requestId, 413, "The request body is too large.");
    const remoteAddress = plainAddress(socket.remoteAddress ?? "");
    const request: WireRequest = { method, target, headers, body, remoteAddress, secure: false, requestId };
    try {
      handle(request, (reply) => send(exchange, requestId, reply));
    } catch (error) {
      // Whoever handles calls answers its own faults; one that slips through must not end the process.
      process.stderr.write(
        `${JSON.stringify({ requestId, fault: error instanceof Error ? error.stack : "unknown" })}\n`,
      );
      turnAway(incoming, exchange, requestId, 500, "");
    }
  });
}

/** Policies name IPv4 addresses as such, also when the socket speaks both. */
const plainAddress = (address: string): string =>
  address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;

const refusalTypes: Readonly<Record<number, string>> = {
  400: "BadRequestException",
  403: "AccessDeniedException",
  413: "RequestEntityTooLargeException",
  500: "InternalFailure",
};

/** Refused before anything was made of it: answered, and the connection is not used again. */
function turnAway(incoming: IncomingMessage, exchange: Exchange, requestId: string, status: number, message: string) {
  incoming.resume();
  const type = refusalTypes[status];
  const json = incoming.headers["x-amz-target"] !== undefined;
  const body = json
    ? JSON.stringify({ __type: type, ...(message === "" ? {} : { message }) })
    : `<ErrorResponse><Error><Code>${type}</Code><Message>${message.replace(/[<>&]/g, "?")}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  const contentType = json ? "application/x-amz-json-1.1" : "text/xml";
  send(exchange, requestId, { status, headers: { "Content-Type": contentType, Connection: "close" }, body });
}

/** Once per request; a second answer, or one for a caller who has gone, is dropped. */
function send({ response, server }: Exchange, requestId: string, { status, headers, body }: WireReply): void {
  if (response.headersSent || response.destroyed) return;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const head: (string | number)[] = ["x-amzn-RequestId", requestId, "Content-Length", length];
  for (const name in headers) head.push(name, headers[name]!);
  if (!server.listening && headers.Connection === undefined) head.push("Connection", "close");
  response.writeHead(status, head as string[]);
  response.end(body);
}
