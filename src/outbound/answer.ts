import type { IncomingMessage } from "node:http";
import { OutboundFailure } from "./failure.ts";
import type { OutboundAnswer } from "./gate.ts";

/** The whole answer, at most `mostBytes` of body. Throws OutboundFailure for more, and for a redirect. */
export async function readAnswer(incoming: IncomingMessage, mostBytes: number): Promise<OutboundAnswer> {
  const status = incoming.statusCode ?? 0;
  if (status >= 300 && status < 400) throw new OutboundFailure("redirect", `it answers with a redirect (${status})`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new OutboundFailure("too large", `it answers with more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  const headers = new Map(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  return { status, headers, body: Buffer.concat(chunks) };
}
