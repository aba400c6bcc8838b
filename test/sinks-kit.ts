import { createServer as createPlain, type IncomingMessage, type Server as HttpServer } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTls, type TLSSocket } from "node:tls";
import { CreateKeyCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { readSinks } from "../src/cli/sink-setting.ts";
import type { FollowerStatus } from "../src/sinks/follower.ts";
import { certify, type Certified } from "./certificates.ts";
import { type TemporaryFolder, temporaryFolder } from "./cli-kit.ts";
import { kms, testServer, type TestServer } from "./kit.ts";

/** Failures are tried again at once, and syslog settles soon. */
export const quick = { sinks: { retryFirstMs: 10, settleMs: 50 } };

export const served = (sinks: readonly string[], data?: string): Promise<TestServer> =>
  testServer({ ...(data === undefined ? { ephemeral: true } : { data }), sinks: readSinks(sinks) }, quick);

/** Makes one key and uses it that often. */
export async function useKey(server: TestServer, calls: number): Promise<void> {
  const client = kms(server);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: "Schlüssel \u{1f511}" }));
  for (let index = 0; index < calls; index++)
    await client.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from("x") }));
}

export const everyLine = async (server: TestServer): Promise<string[]> =>
  (await server.house.store.trail.after(0, 1_000_000)).lines;

export const statusOf = (server: TestServer, index = 0): FollowerStatus => server.house.sinks.status()[index]!;

export async function until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let round = 0; !(await done()); round++) {
    if (round > 3000) throw new Error(`it did not come to pass that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const caughtUp = (server: TestServer, index = 0): Promise<void> =>
  until(() => statusOf(server, index).lag === 0, `the sink caught up: ${JSON.stringify(statusOf(server, index))}`);

export interface Post {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What to do with a POST: a status with headers, or nothing ever. */
export type Behave = (
  post: Post,
  count: number,
) => { status: number; headers?: Record<string, string>; body?: string | Buffer } | "hang" | "break";

export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly posts: Post[];
  readonly folder: TemporaryFolder;
  readonly certified: Certified | undefined;
  behave: Behave;
}

/** An HTTPS server (or a plain one) that keeps what it is sent. */
export async function receiver({ plain = false }: { plain?: boolean } = {}): Promise<Receiver> {
  const folder = temporaryFolder();
  const certified = plain ? undefined : certify(folder.path, "IP:127.0.0.1");
  const posts: Post[] = [];
  const sockets = new Set<Socket>();
  const server: HttpServer = certified ? createServer({ key: certified.key, cert: certified.cert }) : createPlain();
  const made: Receiver = {
    posts,
    folder,
    certified,
    behave: () => ({ status: 200 }),
    port: await listening(server),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      folder[Symbol.dispose]();
    },
  };
  server.on(certified ? "secureConnection" : "connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const post = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      posts.push(post);
      const told = made.behave(post, posts.length);
      if (told === "hang") return;
      if (told === "break") return void request.socket.destroy();
      response.writeHead(told.status, told.headers);
      response.end(told.body);
    });
  });
  return made;
}

function listening(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
}

export interface SyslogReceiver extends AsyncDisposable {
  readonly port: number;
  readonly caFile: string;
  /** Whole messages, by RFC 5425's frames. Throws for bytes that are no frames. */
  messages(): string[];
  readonly connections: TLSSocket[];
}

/** A syslog collector: TLS, octet counting. */
export async function syslogReceiver(names = "IP:127.0.0.1"): Promise<SyslogReceiver> {
  const folder = temporaryFolder();
  const { key, cert, caFile } = certify(folder.path, names);
  const connections: TLSSocket[] = [];
  const received: Buffer[][] = [];
  const server = createTls({ key, cert }, (socket) => {
    connections.push(socket);
    const chunks: Buffer[] = [];
    received.push(chunks);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => {});
  });
  const port = await listening(server);
  return {
    port,
    caFile,
    connections,
    messages: () => received.flatMap((chunks) => unframed(Buffer.concat(chunks))),
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      folder[Symbol.dispose]();
    },
  };
}

/** A message that a broken connection cut is left out. */
function unframed(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const head = bytes.toString("latin1", at, space < 0 ? bytes.length : space);
    if (!/^[1-9]\d*$/.test(head)) throw new Error(`no frame begins with "${head.slice(0, 20)}"`);
    const end = space + 1 + Number(head);
    if (space < 0 || end > bytes.length) return messages;
    messages.push(bytes.toString("utf8", space + 1, end));
    at = end;
  }
  return messages;
}
