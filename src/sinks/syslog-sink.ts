import { hostname } from "node:os";
import type { TLSSocket } from "node:tls";
import type { Outbound } from "../outbound/gate.ts";
import { type NumberedRecord, type Sink, SinkFailure } from "./sink.ts";

/** Facility 13, log audit (RFC 5424, section 6.2.1): notice for what was done, warning for what was refused. */
const [notice, warning] = [13 * 8 + 5, 13 * 8 + 4];

const connectMs = 10_000;
const writeMs = 30_000;
/** At the end, for the other side to take what is under way and to close. */
const closeMs = 3000;

/**
 * Syslog over TLS: messages of RFC 5424 in the frames of RFC 5425 (`LENGTH SP MESSAGE`, octets). The protocol confirms
 * nothing, so a delivery counts when its connection has held a while after it.
 */
export class SyslogSink implements Sink {
  readonly settleMs: number;
  readonly #outbound: Outbound;
  readonly #place: { readonly host: string; readonly port: number };
  #socket: TLSSocket | undefined;
  #broken: (why: string) => void = () => {};

  constructor(outbound: Outbound, place: { host: string; port: number }, settleMs: number = 5000) {
    this.#outbound = outbound;
    this.#place = place;
    this.settleMs = settleMs;
  }

  onBroken(listener: (why: string) => void): void {
    this.#broken = listener;
  }

  async deliver(records: readonly NumberedRecord[]): Promise<number> {
    const socket = (this.#socket ??= await this.#connect());
    const bytes = Buffer.concat(records.map(({ line }) => frame(line)));
    await new Promise<void>((resolve, reject) => {
      const failed = (why: string) => {
        clearTimeout(deadline);
        socket.off("close", ended);
        socket.destroy();
        reject(new SinkFailure(why));
      };
      const ended = () => failed("the connection ended");
      const deadline = setTimeout(() => failed("it does not take what is written"), writeMs);
      socket.once("close", ended);
      socket.write(bytes, (error) => {
        if (error) return failed(error.message);
        clearTimeout(deadline);
        socket.off("close", ended);
        return resolve();
      });
    });
    return 0;
  }

  async #connect(): Promise<TLSSocket> {
    const { host, port } = this.#place;
    const socket = await this.#outbound.connect(host, port, connectMs);
    socket.setKeepAlive(true, 30_000);
    // A receiver says nothing; what it says all the same is dropped.
    socket.resume();
    let why = "the other side closed the connection";
    socket.on("error", (error) => (why = error.message));
    socket.on("end", () => socket.destroy());
    socket.once("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#broken(why);
    });
    return socket;
  }

  /** The other side has everything when it answers the end with its own. */
  async close(): Promise<boolean> {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#outbound.close();
    if (!socket) return false;
    socket.removeAllListeners("end");
    return await new Promise((resolve) => {
      const deadline = setTimeout(() => done(false), closeMs);
      const done = (whole: boolean) => {
        clearTimeout(deadline);
        socket.destroy();
        resolve(whole);
      };
      socket.once("end", () => done(true));
      socket.once("error", () => done(false));
      socket.end();
    });
  }
}

interface Named {
  readonly eventTime?: unknown;
  readonly eventName?: unknown;
  readonly errorCode?: unknown;
}

const host = token(hostname(), 255);

/** `<109>1 2026-01-31T10:00:00Z HOST claviger PID Encrypt - {"eventVersion":…}` with its length before it. */
export function frame(line: string): Buffer {
  const { eventTime, eventName, errorCode } = JSON.parse(line) as Named;
  const priority = errorCode === undefined ? notice : warning;
  const time = token(String(eventTime ?? "-"), 64);
  const name = token(String(eventName ?? "-"), 32);
  const message = Buffer.from(`<${priority}>1 ${time} ${host} claviger ${process.pid} ${name} - ${line}`);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** What may stand in a header: printable ASCII without spaces. */
function token(text: string, most: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, "_").slice(0, most) || "-";
}
