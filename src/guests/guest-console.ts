import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";

const bytesMost = 1_048_576;
/** What is kept of a full file: EC2 shows as much. */
const bytesKept = 65_536;

/** What a guest writes on its serial port since it was started: a file of mode 0600, and never more than 1 MiB of it. */
export class GuestConsole {
  readonly #file: number;
  #size = 0;

  constructor(path: string) {
    rmSync(path, { force: true });
    this.#file = openSync(path, "wx+", 0o600);
  }

  /** Bytes for which the disk has no room are lost. */
  write(bytes: Buffer): void {
    try {
      if (this.#size + bytes.length > bytesMost) this.#shorten();
      this.#size += writeSync(this.#file, bytes, 0, bytes.length, this.#size);
    } catch {
      // A guest's chatter is no reason to end anything.
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #shorten(): void {
    const last = Buffer.alloc(Math.min(bytesKept, this.#size));
    readSync(this.#file, last, 0, last.length, this.#size - last.length);
    ftruncateSync(this.#file, 0);
    this.#size = writeSync(this.#file, last, 0, last.length, 0);
  }
}
