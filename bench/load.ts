import { connect, type Socket } from "node:net";

export interface Load {
  readonly seconds: number;
  /** Milliseconds, sorted. */
  readonly latencies: number[];
  readonly failures: number;
}

/** Sends every request once over `connections` kept-alive sockets, one at a time on each. */
export async function load(port: number, requests: readonly Buffer[], connections: number): Promise<Load> {
  const latencies: number[] = [];
  let next = 0;
  let failures = 0;
  const begin = performance.now();
  const worker = async () => {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    const answers = answersOf(socket);
    for (let index = next++; index < requests.length; index = next++) {
      const sent = performance.now();
      socket.write(requests[index]!);
      if ((await answers()).status !== 200) failures += 1;
      latencies.push(performance.now() - sent);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return { seconds: (performance.now() - begin) / 1000, latencies: latencies.sort((a, b) => a - b), failures };
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** A reader of whole answers with Content-Length, light enough not to be what is measured. */
export function answersOf(socket: Socket): () => Promise<Answer> {
  let buffered: Buffer = Buffer.alloc(0);
  let waiting: ((answer: Answer) => void) | undefined;
  let broken: ((error: Error) => void) | undefined;
  socket.on("data", (chunk: Buffer) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    const end = buffered.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = buffered.toString("latin1", 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (buffered.length < end + 4 + length) return;
    const [first = "", ...lines] = head.split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => line.split(": ", 2) as [string, string]));
    const body = buffered.subarray(end + 4, end + 4 + length);
    buffered = buffered.subarray(end + 4 + length);
    waiting?.({ status: Number(first.split(" ")[1]), headers, body });
  });
  socket.on("error", (error) => broken?.(error));
  return () =>
    new Promise((resolve, reject) => {
      waiting = resolve;
      broken = reject;
    });
}

export async function once(port: number, request: Buffer): Promise<Answer> {
  const socket = connect(port, "127.0.0.1");
  const answers = answersOf(socket);
  socket.write(request);
  const answer = await answers();
  socket.destroy();
  return answer;
}
