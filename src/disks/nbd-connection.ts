import type { Duplex } from "node:stream";
import { ByteQueue } from "./byte-queue.ts";
import { type NbdExport, NbdHandshake, requestMost } from "./nbd-handshake.ts";
import { command, commandFlag, failure, magic } from "./nbd-words.ts";

/** The disk behind an export. What it throws becomes EIO, and the reason goes to `failed`. */
export interface NbdDisk {
  read(offset: number, length: number): Buffer;
  /** May keep and change `bytes`. */
  write(offset: number, bytes: Buffer): void;
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

/** What one connection may have unsent before it is not read any more. */
const unsentMost = 64 * 1024 * 1024;

export interface NbdSettings {
  readonly exported: NbdExport;
  readonly disk: NbdDisk;
  /** Encrypts the connection when the other side asks for it; without it, none is required. */
  readonly tls?: ((socket: Duplex) => Duplex) | undefined;
  readonly failed: (error: unknown) => void;
}

/** Serves one connection until it ends. Requests are answered in the order they came. */
export function serveNbd(socket: Duplex, settings: NbdSettings): void {
  const bytes = new ByteQueue();
  let stream = socket;
  const shake = new NbdHandshake(settings.exported, settings.tls !== undefined, (reply) => void stream.write(reply));
  let transmitting = false;
  let pending: Request | undefined;

  const transmit = (): void => {
    for (;;) {
      if (!pending) {
        const header = bytes.take(28);
        if (!header) return;
        pending = readRequest(header);
        if (!pending) return void stream.destroy();
      }
      const data = pending.type === command.write ? bytes.take(pending.length) : Buffer.alloc(0);
      if (!data) return;
      const request = pending;
      pending = undefined;
      if (request.type === command.disconnect) return void stream.end();
      stream.cork();
      perform(request, data, settings, (reply) => void stream.write(reply));
      stream.uncork();
      if (stream.writableLength > unsentMost) stream.pause();
    }
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
    stream.on("drain", () => stream.resume());
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

function perform(request: Request, data: Buffer, settings: NbdSettings, send: (bytes: Buffer) => void): void {
  let code: number = refusal(request, settings.exported);
  let answer: Buffer | undefined;
  if (code === failure.none)
    try {
      answer = carryOut(request, data, settings.disk);
    } catch (error) {
      settings.failed(error);
      code = failure.io;
    }
  const reply = Buffer.alloc(16);
  reply.writeUInt32BE(magic.reply, 0);
  reply.writeUInt32BE(code, 4);
  request.cookie.copy(reply, 8);
  send(reply);
  if (answer) send(answer);
}

function refusal({ type, offset, length }: Request, { bytes, readOnly }: NbdExport): number {
  if (type === command.flush) return failure.none;
  const writes = type === command.write || type === command.trim || type === command.writeZeroes;
  if (!writes && type !== command.read) return failure.invalid;
  if (writes && readOnly) return failure.notPermitted;
  if (offset + length > bytes) return writes ? failure.noSpace : failure.invalid;
  return type === command.read && length > requestMost ? failure.invalid : failure.none;
}

function carryOut({ flags, type, offset, length }: Request, data: Buffer, disk: NbdDisk): Buffer | undefined {
  if (type === command.read) return disk.read(offset, length);
  if (type === command.write && length > 0) disk.write(offset, data);
  if (type === command.trim || type === command.writeZeroes) disk.zero(offset, length);
  if (type === command.flush || (flags & commandFlag.fua) !== 0) disk.flush();
  return undefined;
}
