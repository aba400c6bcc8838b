import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { OperatorError } from "../errors.ts";
import { browserRefusal } from "./browsers.ts";
import type { WireReply, WireRequest } from "./protocol.ts";

export interface ListenSettings {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** A Host that is not a loopback name is refused (development mode). */
  readonly loopbackHostsOnly: boolean;
}

export type Handle = (request: WireRequest, reply: (reply: WireReply) => void) => void;
export type Probe = (path: "/livez" | "/readyz") => { readonly status: number; readonly body: string };

export interface Listening {
  readonly port: number;
  /** Stops accepting, gives what is in flight this long, then closes. */
  close(graceMs: number): Promise<void>;
}

/** Limits before authentication. The largest legitimate body here is a key policy of 128 KiB in JSON escapes. */
const bodyMost = 1024 * 1024;
const headersMost = 16 * 1024;
const headersCountMost = 100;
const connectionsMost = 10_000;

/** Headers that decide something: given twice, two readers could disagree about which one counts. */
const singular = new Set(["host", "authorization", "content-length", "content-type", "x-amz-date", "x-amz-target", "x-amz-security-token", "x-amz-content-sha256"]);

export function listen(settings: ListenSettings, handle: Handle, probe: Probe): Promise<Listening> {
  const server = createServer({ maxHeaderSize: headersMost, requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 });
  server.maxHeadersCount = headersCountMost + 1;
  server.maxConnections = connectionsMost;
  server.on("request", (incoming, response) => receive(incoming, response, settings, handle, probe));
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const hint = taken ? "choose another port with --port, or 0 for any" : undefined;
      reject(new OperatorError(`Cannot listen on ${settings.host}:${settings.port}: ${taken ? "the port is in use" : error.message}`, hint));
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

function receive(incoming: IncomingMessage, response: ServerResponse, settings: ListenSettings, handle: Handle, probe: Probe): void {
  const requestId = randomUUID();
  const path = incoming.url ?? "/";
  if (incoming.method === "GET" && (path === "/livez" || path === "/readyz")) {
    const { status, body } = probe(path);
    return send(response, requestId, { status, headers: { "Content-Type": "text/plain" }, body });
  }
  const headers = headersOf(incoming);
  if (typeof headers === "string") return turnAway(incoming, response, requestId, 400, headers);
  const refusal = browserRefusal(incoming, settings.loopbackHostsOnly);
  if (refusal !== undefined) return turnAway(incoming, response, requestId, 403, refusal);
  if (Number(incoming.headers["content-length"] ?? 0) > bodyMost) return turnAway(incoming, response, requestId, 413, "The request body is too large.");
  readBody(incoming, (body) => {
    if (body === undefined) return turnAway(incoming, response, requestId, 413, "The request body is too large.");
    const request: WireRequest = {
      method: incoming.method ?? "GET",
      target: path,
      headers,
      body,
      remoteAddress: incoming.socket.remoteAddress ?? "",
      secure: false,
      requestId,
    };
    handle(request, (reply) => send(response, requestId, reply));
  });
}

function readBody(incoming: IncomingMessage, done: (body: Buffer | undefined) => void): void {
  let first: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let length = 0;
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > bodyMost) {
      incoming.removeAllListeners("data");
      incoming.removeAllListeners("end");
      done(undefined);
    } else if (first === undefined) first = chunk;
    else (chunks ??= [first]).push(chunk);
  });
  incoming.on("end", () => done(chunks ? Buffer.concat(chunks) : (first ?? Buffer.alloc(0))));
}

/** Every value of every header, names in lower case. A string says what is wrong. */
function headersOf({ rawHeaders }: IncomingMessage): Map<string, string[]> | string {
  const headers = new Map<string, string[]>();
  if (rawHeaders.length > headersCountMost * 2) return "There are too many headers.";
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    const values = headers.get(name);
    if (!values) headers.set(name, [rawHeaders[index + 1]!]);
    else if (singular.has(name)) return `The header ${name} is given more than once.`;
    else values.push(rawHeaders[index + 1]!);
  }
  return headers;
}

/** Refused before anything was read of it: answered, and the connection is not used again. */
function turnAway(incoming: IncomingMessage, response: ServerResponse, requestId: string, status: number, message: string): void {
  incoming.resume();
  const headers = { "Content-Type": "application/x-amz-json-1.1", Connection: "close" };
  const type = status === 413 ? "RequestEntityTooLargeException" : status === 403 ? "AccessDeniedException" : "BadRequestException";
  send(response, requestId, { status, headers, body: JSON.stringify({ __type: type, message }) });
}

function send(response: ServerResponse, requestId: string, { status, headers, body }: WireReply): void {
  if (response.destroyed) return;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, { ...headers, "x-amzn-RequestId": requestId, "Content-Length": length });
  response.end(body);
}
