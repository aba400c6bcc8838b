import type { IncomingMessage } from "node:http";

/** Headers that decide something: given twice, two readers could disagree about which one counts. */
const singular = new Set([
  "host",
  "authorization",
  "content-length",
  "content-type",
  "x-amz-date",
  "x-amz-target",
  "x-amz-security-token",
  "x-amz-content-sha256",
]);

const headersCountMost = 100;

/** How much of an over-long body is read and thrown away so that the sender sees the refusal; beyond it, a reset. */
const drainTimes = 4;

const nothing: Buffer = Buffer.alloc(0);

/** Every value of every header, names in lower case. A string says what is wrong. */
export function headersOf({ rawHeaders }: IncomingMessage): Map<string, string[]> | string {
  const headers = new Map<string, string[]>();
  if (rawHeaders.length > headersCountMost * 2) return "There are too many headers.";
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [rawHeaders[index + 1]!]);
    else if (singular.has(name)) return `The header ${name} is given more than once.`;
    else values.push(rawHeaders[index + 1]!);
  }
  return headers;
}

/** The whole body, or undefined when it is longer than `most` bytes. Not called for a body that breaks off. */
export function readBody(incoming: IncomingMessage, most: number, done: (body: Buffer | undefined) => void): void {
  let first: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let length = 0;
  let ended = false;
  const finish = (body: Buffer | undefined): void => {
    if (ended) return;
    ended = true;
    done(body);
  };
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > most * drainTimes) finish(undefined);
    else if (length > most) first = chunks = undefined;
    else if (first === undefined) first = chunk;
    else (chunks ??= [first]).push(chunk);
  });
  incoming.on("end", () => {
    if (length > most) finish(undefined);
    else finish(chunks ? Buffer.concat(chunks, length) : (first ?? nothing));
  });
}
