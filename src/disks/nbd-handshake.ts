import { ByteQueue } from "./byte-queue.ts";
import { handshake, info, magic, option, optionReply, transmission } from "./nbd-words.ts";

/** What the other side may see of one attached disk. */
export interface NbdExport {
  readonly name: string;
  readonly bytes: number;
  readonly readOnly: boolean;
}

/** What a handshake step asks its connection to do. */
export type Step = "more" | "transmit" | "end" | "tls";

/** An option's data: names are short. */
const optionMost = 4096;

/** Requests of up to 32 MiB are taken; 4 KiB is what a sector costs least. */
export const requestMost: number = 32 * 1024 * 1024;

/**
 * Fixed newstyle negotiation, on the server's side. With `tls` required, nothing but STARTTLS is answered until the
 * connection is encrypted.
 */
export class NbdHandshake {
  readonly #export: NbdExport;
  readonly #send: (bytes: Buffer) => void;
  #tlsMissing: boolean;
  #noZeroes = false;
  #greeted = false;

  constructor(exported: NbdExport, tls: boolean, send: (bytes: Buffer) => void) {
    this.#export = exported;
    this.#tlsMissing = tls;
    this.#send = send;
    const greeting = Buffer.alloc(18);
    greeting.writeBigUInt64BE(magic.greeting, 0);
    greeting.writeBigUInt64BE(magic.option, 8);
    greeting.writeUInt16BE(handshake.fixedNewstyle | handshake.noZeroes, 16);
    send(greeting);
  }

  /** The connection is encrypted now. */
  secured(): void {
    this.#tlsMissing = false;
  }

  /** Takes what it can from `bytes`; "more" when it needs more. */
  step(bytes: ByteQueue): Step {
    if (!this.#greeted) {
      const flags = bytes.take(4)?.readUInt32BE();
      if (flags === undefined) return "more";
      if ((flags & ~(handshake.fixedNewstyle | handshake.noZeroes)) !== 0) return "end";
      this.#noZeroes = (flags & handshake.noZeroes) !== 0;
      this.#greeted = true;
    }
    for (;;) {
      const next = this.#pendingOption(bytes);
      if (next === undefined) return "more";
      if (next === "end") return "end";
      const step = this.#answer(next.code, next.data);
      if (step !== "more") return step;
    }
  }

  #header: { code: number; length: number } | undefined;

  #pendingOption(bytes: ByteQueue): { code: number; data: Buffer } | "end" | undefined {
    if (!this.#header) {
      const header = bytes.take(16);
      if (!header) return undefined;
      if (header.readBigUInt64BE(0) !== magic.option) return "end";
      this.#header = { code: header.readUInt32BE(8), length: header.readUInt32BE(12) };
      if (this.#header.length > optionMost) return "end";
    }
    const data = this.#header.length === 0 ? Buffer.alloc(0) : bytes.take(this.#header.length);
    if (!data) return undefined;
    const { code } = this.#header;
    this.#header = undefined;
    return { code, data };
  }

  #answer(code: number, data: Buffer): Step {
    if (code === option.abort) {
      this.#reply(code, optionReply.ack);
      return "end";
    }
    if (code === option.startTls && this.#tlsMissing && data.length === 0) {
      this.#reply(code, optionReply.ack);
      return "tls";
    }
    if (this.#tlsMissing) {
      if (code === option.exportName) return "end";
      this.#reply(code, optionReply.tlsRequired);
      return "more";
    }
    if (code === option.exportName) return this.#exportName(data.toString());
    if (code === option.list) return this.#list(code, data);
    if (code === option.info || code === option.go) return this.#info(code, data);
    this.#reply(code, optionReply.unsupported);
    return "more";
  }

  #exportName(name: string): Step {
    if (!this.#named(name)) return "end";
    const answer = Buffer.alloc(this.#noZeroes ? 10 : 134);
    answer.writeBigUInt64BE(BigInt(this.#export.bytes), 0);
    answer.writeUInt16BE(this.#flags(), 8);
    this.#send(answer);
    return "transmit";
  }

  #list(code: number, data: Buffer): Step {
    if (data.length > 0) this.#reply(code, optionReply.invalid);
    else {
      const name = Buffer.from(this.#export.name);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(name.length);
      this.#reply(code, optionReply.server, Buffer.concat([length, name]));
      this.#reply(code, optionReply.ack);
    }
    return "more";
  }

  #info(code: number, data: Buffer): Step {
    const length = data.length >= 6 ? data.readUInt32BE(0) : -1;
    if (length < 0 || data.length < 6 + length || data.length !== 6 + length + 2 * data.readUInt16BE(4 + length)) {
      this.#reply(code, optionReply.invalid);
      return "more";
    }
    if (!this.#named(data.toString("utf8", 4, 4 + length))) {
      this.#reply(code, optionReply.unknown);
      return "more";
    }
    const size = Buffer.alloc(12);
    size.writeUInt16BE(info.export, 0);
    size.writeBigUInt64BE(BigInt(this.#export.bytes), 2);
    size.writeUInt16BE(this.#flags(), 10);
    const blocks = Buffer.alloc(14);
    blocks.writeUInt16BE(info.blockSize, 0);
    blocks.writeUInt32BE(1, 2);
    blocks.writeUInt32BE(4096, 6);
    blocks.writeUInt32BE(requestMost, 10);
    this.#reply(code, optionReply.info, size);
    this.#reply(code, optionReply.info, blocks);
    this.#reply(code, optionReply.ack);
    return code === option.go ? "transmit" : "more";
  }

  #named = (name: string): boolean => name === "" || name === this.#export.name;

  #flags(): number {
    const { hasFlags, readOnly, sendFlush, sendFua, sendTrim, sendWriteZeroes, canMultiConn } = transmission;
    if (this.#export.readOnly) return hasFlags | readOnly | canMultiConn;
    return hasFlags | sendFlush | sendFua | sendTrim | sendWriteZeroes | canMultiConn;
  }

  #reply(code: number, type: number, data: Buffer = Buffer.alloc(0)): void {
    const header = Buffer.alloc(20);
    header.writeBigUInt64BE(magic.optionReply, 0);
    header.writeUInt32BE(code, 8);
    header.writeUInt32BE(type, 12);
    header.writeUInt32BE(data.length, 16);
    this.#send(Buffer.concat([header, data]));
  }
}
