import type { Writable } from "node:stream";
import { type NumberedRecord, type Sink, SinkFailure } from "./sink.ts";

/** Lines of JSON on the program's own standard output. A pipe that nobody reads holds up this sink alone. */
export class StdoutSink implements Sink {
  readonly settleMs = 0;
  readonly #stream: Writable;
  #broken: string | undefined;
  constructor(stream: Writable = process.stdout) {
    this.#stream = stream;
    // Without a listener a reader that goes away would end the program.
    stream.on("error", (error: Error) => (this.#broken = error.message));
  }

  deliver(records: readonly NumberedRecord[]): Promise<number> {
    if (this.#broken !== undefined) return Promise.reject(new SinkFailure(this.#broken));
    const text = `${records.map(({ line }) => line).join("\n")}\n`;
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => (error ? reject(new SinkFailure(error.message)) : resolve(0)));
    });
  }

  close(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
