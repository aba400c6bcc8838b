import type { Duplex } from "node:stream";
import { ByteQueue } from "./byte-queue.ts";
import { type NbdExport, NbdHandshake, requestMost } from "./nbd-handshake.ts";
import { command, commandFlag, failure, magic } from "./nbd-words.ts";

/**
 * The disk behind an export. What it throws or rejects with becomes EIO, and the reason goes to `failed`. What takes
 * longer is answered when it is done, and others before it.
 */
export interface NbdDisk {
  read(offset: number, length: number): Buffer | Promise<Buffer>;
  /** May keep and change `bytes`. */
  write(offset: number, bytes: Buffer): void | Promise<void>;
  zero(offset: number, length: number): void;
  flush(): void;
}

interface Request {
  readonly flags: number;
  readonly type: number;
  readonly cookie: Buffer;
  readonly offset: number;
  readonly length: number;
}

const nothing = Buffer.alloc(0);

/** What one connection may have unsent and under way before its next request waits. */
const unsentMost = 64 * 1024 * 1024;

export interface NbdSettings {
  readonly exported: NbdExport;
  readonly disk: NbdDisk;
  /** Encrypts the connection when the other side asks for it; without it, none is required. */
  readonly tls?: ((socket: Duplex) => Duplex) | undefined;
  readonly failed: (error: unknown) => void;
}

/** Serves one connection until it ends. */
export function serveNbd(socket: Duplex, settings: NbdSettings): void {
  const bytes = new ByteQueue();
  let stream = socket;
  const shake = new NbdHandshake(settings.exported, settings.tls !== undefined, (reply) => void stream.write(reply));
  let transmitting = false;
  let ending = false;
  let pending: Request | undefined;
  let underWay = 0;

  const transmit = (): void => {
    while (!ending && !stream.destroyed) {
      if (stream.writableLength + underWay > unsentMost) return void stream.pause();
      if (!pending) {
        const header = bytes.take(28);
        if (!header) return void stream.resume();
        pending = readRequest(header);
        if (!pending) return void stream.destroy();
      }
      const data = pending.type === command.write ? bytes.take(pending.length) : nothing;
      if (!data) return void stream.resume();
      const request = pending;
      pending = undefined;
      if (request.type === command.disconnect) ending = true;
      else begin(request, data);
    }
    if (ending && underWay === 0) stream.end();
  };

  const begin = (request: Request, data: Buffer): void => {
    const later = perform(request, data, settings, (reply, answer) => {
      if (stream.destroyed) return;
      stream.cork();
      stream.write(reply);
      if (answer) stream.write(answer);
      stream.uncork();
    });
    if (!later) return;
    underWay += request.length;
    void later.then(() => {
      underWay -= request.length;
      transmit();
    });
  };

  const hear = (chunk: Buffer): void => {
    bytes.push(chunk);
    if (transmitting) return transmit();
    const step = shake.step(bytes);
    if (step === "end") stream.end();
    if (step === "tls" && settings.tls) {
      // Nothing that was sent in clear before the encryption began may count as if it came after.
      if (bytes.length > 0) return void stream.destroy();
      stream.removeAllListeners("data");
      stream = settings.tls(stream);
      shake.secured();
      listen();
    }
    if (step === "transmit") {
      transmitting = true;
      transmit();
    }
  };

  function listen(): void {
    stream.on("data", hear);
    stream.on("drain", () => transmitting && transmit());
    stream.on("error", () => stream.destroy());
  }
  listen();
}

function readRequest(header: Buffer): Request | undefined {
  if (header.readUInt32BE(0) !== magic.request) return undefined;
  const request = {
    flags: header.readUInt16BE(4),
    type: header.readUInt16BE(6),
    cookie: header.subarray(8, 16),
    offset: Number(header.readBigUInt64BE(16)),
    length: header.readUInt32BE(24),
  };
  // A write's data would have to be read past; a peer that ignores the size it was told is gone.
  return request.type === command.write && request.length > requestMost ? undefined : request;
}

type Send = (reply: Buffer, answer?: Buffer) => void;

/** Answers at once, or when what it returns is resolved; that is never rejected. */
function perform(request: Request, data: Buffer, settings: NbdSettings, send: Send): Promise<void> | undefined {
  const code = refusal(request, settings.exported);
  const told = (answer: Buffer | undefined) => send(replyTo(request, failure.none), answer);
  const broken = (error: unknown) => {
    settings.failed(error);
    send(replyTo(request, failure.io));
  };
  if (code === failure.none)
    try {
      const result = carryOut(request, data, settings.disk);
      if (result instanceof Promise) return result.then(told).catch((error: unknown) => broken(error));
      told(result);
    } catch (error) {
      broken(error);
    }
  else send(replyTo(request, code));
  return undefined;
}

function replyTo({ cookie }: Request, code: number): Buffer {
  const reply = Buffer.alloc(16);
  reply.writeUInt32BE(magic.reply, 0);
  reply.writeUInt32BE(code, 4);
  cookie.copy(reply, 8);
  return reply;
}

function refusal({ type, offset, length }: Request, { bytes, readOnly }: NbdExport): number {
  if (type === command.flush) return failure.none;
  const writes = type === command.write || type === command.trim || type === command.writeZeroes;
  if (!writes && type !== command.read) return failure.invalid;
  if (writes && readOnly) return failure.notPermitted;
  if (offset + length > bytes) return writes ? failure.noSpace : failure.invalid;
  return type === command.read && length > requestMost ? failure.invalid : failure.none;
}

type Carried = Buffer | undefined;

function carryOut(request: Request, data: Buffer, disk: NbdDisk): Carried | Promise<Carried> {
  const { flags, type, offset, length } = request;
  if (type === command.read) return length === 0 ? nothing : disk.read(offset, length);
  const finish = (): undefined => {
    if (type === command.flush || (flags & commandFlag.fua) !== 0) disk.flush();
  };
  const writing = type === command.write && length > 0 ? disk.write(offset, data) : undefined;
  if (type === command.trim || type === command.writeZeroes) disk.zero(offset, length);
  return writing instanceof Promise ? writing.then(finish) : finish();
}
