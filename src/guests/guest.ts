import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { GuestConsole } from "./guest-console.ts";
import { argumentsOf, type Machine, type Program } from "./machine.ts";

/** How a guest came to its end: it was asked to, it powered itself off, or what went wrong. */
export type GuestEnd = "ended" | "off" | Error;

const wordsMost = 4096;
const answerMost = 65_536;

/** One QEMU process. */
export class Guest {
  readonly pid: number | undefined;
  readonly ended: Promise<GuestEnd>;
  readonly #process: ChildProcess;
  readonly #control: Duplex;
  #ending = false;
  #poweredOff = false;
  #words = "";

  constructor([path, ...first]: Program, machine: Machine, consolePath: string) {
    const output = new GuestConsole(consolePath);
    // Of a session of its own: what a terminal sends to the service (Ctrl-C) must not reach a guest.
    const child = spawn(path, [...first, ...argumentsOf(machine)], {
      env: {},
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    this.#process = child;
    this.pid = child.pid;
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error));
      child.once("close", (code, signal) => resolve(this.#endOf(code ?? signal)));
    });
    void this.ended.then(() => output.close());
    const [, stdout, stderr, control] = child.stdio as unknown as [null, Readable, Readable, Duplex];
    this.#control = control;
    stdout.on("data", (bytes: Buffer) => output.write(bytes));
    stderr.on("data", (bytes: Buffer) => (this.#words = `${this.#words}${bytes.toString()}`.slice(-wordsMost)));
    this.#listen(control);
    for (const stream of [stdout, stderr, control]) stream.on("error", () => undefined);
    this.#order("qmp_capabilities");
  }

  /** Its power button is pressed, and after the grace its plug is pulled. */
  async end(graceMs: number): Promise<void> {
    this.#ending = true;
    this.#order("system_powerdown");
    const pull = setTimeout(() => this.#process.kill("SIGKILL"), graceMs);
    await this.ended;
    clearTimeout(pull);
  }

  #endOf(how: number | string | null): GuestEnd {
    if (this.#ending) return "ended";
    if (this.#poweredOff) return "off";
    return new Error(`QEMU ended by itself (${how}): ${this.#words.trim()}`);
  }

  #order(execute: string): void {
    if (this.#control.writable) this.#control.write(`${JSON.stringify({ execute })}\n`);
  }

  #listen(control: Duplex): void {
    let rest = "";
    control.on("data", (bytes: Buffer) => {
      const lines = `${rest}${bytes.toString()}`.split("\n");
      rest = (lines.pop() ?? "").slice(-answerMost);
      if (lines.some(tellsPowerOff)) this.#poweredOff = true;
    });
  }
}

function tellsPowerOff(line: string): boolean {
  try {
    const told = JSON.parse(line) as { event?: string; data?: { reason?: string } };
    return told.event === "SHUTDOWN" && told.data?.reason === "guest-shutdown";
  } catch {
    return false;
  }
}
