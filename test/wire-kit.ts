import { type Agent, request } from "node:http";
import { type SigningCredentials, signRequest } from "../src/sigv4/sign.ts";
import type { Server } from "../src/server.ts";

/** A request as it goes over the wire: what an SDK would never send can be sent too. */
export interface Sent {
  readonly method: string;
  readonly target: string;
  /** In order; a name may stand there twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface Got {
  readonly status: number;
  readonly text: string;
  readonly requestId: string;
  /** Error code and message, whichever protocol says them; "" in an answer that is no error. */
  readonly code: string;
  readonly message: string;
}

export function send(
  server: Pick<Server, "port">,
  { method, target, headers, body }: Sent,
  agent: Agent | false = false,
): Promise<Got> {
  const options = { host: "127.0.0.1", port: server.port, method, path: target, headers: headers.flat(), agent };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, setHost: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      const requestId = String(answer.headers["x-amzn-requestid"] ?? "");
      answer.on("end", () => {
        resolve({ requestId, ...gotOf(answer.statusCode ?? 0, Buffer.concat(chunks).toString("utf8")) });
      });
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function gotOf(status: number, text: string): Omit<Got, "requestId"> {
  const code = /"__type":"([^"]*)"/.exec(text)?.[1] ?? /<Code>([^<]*)</.exec(text)?.[1] ?? "";
  const message = /"[mM]essage":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  const xml = /<Message>([^<]*)</.exec(text)?.[1] ?? "";
  const plain = xml.replaceAll("&apos;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  return { status, text, code, message: message === undefined ? plain : (JSON.parse(message) as string) };
}

export interface Signing {
  readonly credentials?: SigningCredentials;
  readonly region?: string;
  readonly service?: string;
  /** Milliseconds. */
  readonly now?: number;
  readonly target?: string;
  /** Signed too. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A signed call of KMS. */
export function kmsCall(server: Pick<Server, "port">, operation: string, input: object, signing: Signing = {}): Sent {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${operation}` };
  return signed(server, "kms", headers, JSON.stringify(input), signing);
}

/** A signed call of a service that speaks the Query protocol. */
export const formCall = (server: Pick<Server, "port">, service: string, form: string, signing: Signing = {}): Sent =>
  signed(server, service, { "content-type": "application/x-www-form-urlencoded" }, form, signing);

function signed(
  server: Pick<Server, "port">,
  own: string,
  given: Record<string, string>,
  body: string,
  signing: Signing,
): Sent {
  const { region = "eu-west-1", service = own, now = Date.now(), target = "/" } = signing;
  const credentials = signing.credentials ?? { accessKeyId: "test", secretAccessKey: "test" };
  const unsigned = {
    method: "POST",
    target,
    headers: { host: `127.0.0.1:${server.port}`, ...given, ...signing.headers },
    body: Buffer.from(body),
  };
  const headers = signRequest(unsigned, credentials, { region, service, now });
  return { method: "POST", target, headers: Object.entries(headers), body };
}

/** The same with one header replaced, added (last) or, with undefined, left out. Unsigned. */
export function withHeader(sent: Sent, name: string, value: string | undefined): Sent {
  const others = sent.headers.filter(([other]) => other !== name);
  return { ...sent, headers: value === undefined ? others : [...others, [name, value]] };
}

/** The same with its Authorization header rewritten. */
export function withAuthorization(sent: Sent, change: (text: string) => string): Sent {
  const text = sent.headers.find(([name]) => name === "authorization")?.[1] ?? "";
  return withHeader(sent, "authorization", change(text));
}
