import { request as requestPlainly, type RequestOptions } from "node:http";
import { request as requestOverTls } from "node:https";
import { OperatorError } from "../errors.ts";

export interface Outgoing {
  readonly method: "GET" | "POST" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** PEM of the authorities that are trusted instead of the usual ones. */
  readonly authorities?: string | undefined;
  /** Default: a minute, as AWS's own clients wait. */
  readonly timeoutMs?: number | undefined;
}

export interface Incoming {
  readonly status: number;
  readonly requestId: string;
  readonly text: string;
}

const answerMs = 60_000;

/** A page of the trail is the largest answer there is. */
const answerMostBytes = 256 * 1024 * 1024;

/**
 * One request and its answer, whatever the port: `fetch` refuses some. Redirects are not followed: a signature is for
 * one place. Throws OperatorError.
 */
export async function exchange(
  url: URL,
  { method, headers, body, authorities, timeoutMs = answerMs }: Outgoing,
): Promise<Incoming> {
  const signal = AbortSignal.timeout(timeoutMs);
  const length = method !== "GET" ? { "content-length": String(body.length) } : {};
  const options = { method, headers: { ...headers, ...length }, signal, ...(authorities && { ca: authorities }) };
  try {
    return await answered(url, options, body);
  } catch (error) {
    throw new OperatorError(`Cannot reach ${url.origin}: ${causeOf(error, signal.aborted && timeoutMs)}`);
  }
}

function answered(url: URL, options: RequestOptions, body: Uint8Array): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === "https:" ? requestOverTls : requestPlainly)(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerMostBytes) outgoing.destroy(new Error("its answer does not end"));
        else chunks.push(chunk);
      });
      incoming.on("error", reject);
      incoming.on("end", () => {
        const id = incoming.headers["x-amzn-requestid"];
        const requestId = typeof id === "string" ? id : "";
        resolve({ status: incoming.statusCode ?? 0, requestId, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  ECONNRESET: "it closed the connection",
};

function causeOf(error: unknown, late: number | false): string {
  if (late !== false) return `no answer within ${late / 1000} seconds`;
  if (!(error instanceof Error)) return String(error);
  return ("code" in error && causes[String(error.code)]) || error.message;
}
