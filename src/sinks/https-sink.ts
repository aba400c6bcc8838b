import { readFile } from "node:fs/promises";
import type { Outbound } from "../outbound/gate.ts";
import { type NumberedRecord, type Sink, SinkFailure } from "./sink.ts";

export interface HttpSettings {
  readonly url: string;
  readonly bearerFile?: string | undefined;
  readonly format: "ndjson" | "array";
}

const totalMs = 30_000;
/** An answer is read to reuse the connection; nothing of it is used. */
const answerMostBytes = 256 * 1024;
const retryAfterMostMs = 10 * 60_000;

/** POSTs batches: lines of JSON, or one JSON array. Any 2xx is a yes. */
export class HttpsSink implements Sink {
  readonly settleMs = 0;
  readonly #outbound: Outbound;
  readonly #settings: HttpSettings;
  constructor(outbound: Outbound, settings: HttpSettings) {
    this.#outbound = outbound;
    this.#settings = settings;
  }

  async deliver(records: readonly NumberedRecord[]): Promise<number> {
    const { url, format, bearerFile } = this.#settings;
    const lines = records.map(({ line }) => line);
    const body = Buffer.from(format === "array" ? `[${lines.join(",")}]` : `${lines.join("\n")}\n`);
    await post(this.#outbound, { url, body, type: contentTypes[format], bearerFile });
    return 0;
  }

  close(): Promise<boolean> {
    this.#outbound.close();
    return Promise.resolve(true);
  }
}

const contentTypes = { array: "application/json", ndjson: "application/x-ndjson" } as const;

interface Posting {
  readonly method?: "POST" | "PUT";
  readonly url: string;
  readonly body: Uint8Array;
  readonly type: string;
  readonly bearerFile?: string | undefined;
}

/** The answer's body, of a 2xx. Throws SinkFailure, OutboundFailure. */
export async function post(
  outbound: Outbound,
  { method = "POST", url, body, type, bearerFile }: Posting,
): Promise<Buffer> {
  const authorization = await bearer(bearerFile);
  const headers = { "Content-Type": type, "User-Agent": "claviger", ...authorization };
  const answer = await outbound.send({ method, url, headers, body, totalMs, answerMostBytes });
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const seconds = Number(answer.headers.get("retry-after"));
  const wait = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, retryAfterMostMs) : undefined;
  throw new SinkFailure(`it answers ${answer.status}`, {
    tooLarge: answer.status === 413,
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

/** Read for every request, so that a token may be replaced while the service runs. */
export async function bearer(path: string | undefined): Promise<{ Authorization?: string }> {
  if (path === undefined) return {};
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new SinkFailure(`the bearer token cannot be read from "${path}": ${error.code ?? "it is no file"}`);
  });
  const token = text.trim();
  if (/^[\x21-\x7e]{1,16384}$/.test(token)) return { Authorization: `Bearer ${token}` };
  throw new SinkFailure(`the bearer token in "${path}" is not one line of printable characters`);
}
