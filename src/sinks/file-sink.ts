import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { type NumberedRecord, type Sink, SinkFailure } from "./sink.ts";

/**
 * Appends lines and syncs. Whoever rotates the file moves it away or truncates it; the next batch goes to a new file of
 * the old name. A line that a crash cut in two stays as it is, and what follows begins on a line of its own.
 */
export class FileSink implements Sink {
  readonly settleMs = 0;
  readonly #path: string;
  #file: FileHandle | undefined;
  constructor(path: string) {
    this.#path = path;
  }

  async deliver(records: readonly NumberedRecord[]): Promise<number> {
    try {
      const file = await this.#current();
      const text = Buffer.from(`${records.map(({ line }) => line).join("\n")}\n`);
      const whole = await endsWithLine(file);
      await file.appendFile(whole ? text : Buffer.concat([Buffer.from("\n"), text]));
      await file.sync();
      return 0;
    } catch (error) {
      await this.close();
      if (error instanceof SinkFailure) throw error;
      throw new SinkFailure(error instanceof Error ? error.message : String(error));
    }
  }

  async close(): Promise<boolean> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
    return true;
  }

  /** The open file while it is the one that stands under its name. */
  async #current(): Promise<FileHandle> {
    const there = await stat(this.#path).catch(() => undefined);
    // What is no file (a pipe, a device) may block for good when it is opened.
    if (there && !there.isFile()) throw new SinkFailure("it is not a file");
    const mine = await this.#file?.stat();
    if (this.#file && mine?.ino === there?.ino && mine?.dev === there?.dev) return this.#file;
    await this.close();
    this.#file = await open(this.#path, "a+", 0o600);
    return this.#file;
  }
}

async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}
