import { OperatorError } from "../errors.ts";
import { type SigningCredentials, signRequest } from "../sigv4/sign.ts";
import { exchange } from "./exchange.ts";

export interface AwsEndpoint {
  readonly url: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
  /** PEM of the authorities that are trusted instead of the usual ones. */
  readonly authorities?: string | undefined;
}

/** An answer of the service that is not the wished one: `code` and the message as they came. */
export class AwsRefusal extends OperatorError {
  readonly code: string;
  readonly requestId: string;
  readonly status: number;
  constructor(status: number, code: string, message: string, requestId: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

export interface Answer<T> {
  readonly output: T;
  readonly requestId: string;
}

export interface Outgoing {
  readonly service: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
}

/** AWS JSON 1.1: `callJson(endpoint, "kms", "TrentService.Encrypt", {…})`. Throws AwsRefusal. */
export async function callJson<T = Record<string, unknown>>(
  endpoint: AwsEndpoint,
  service: string,
  operation: string,
  input: object,
): Promise<Answer<T>> {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": operation };
  const body = JSON.stringify(input);
  const { text, requestId } = await send(endpoint, { service, method: "POST", target: "/", headers, body });
  return { output: parsed(text, endpoint) as T, requestId };
}

/** One operation of KMS. */
export const callKms = async <T = Record<string, unknown>>(
  endpoint: AwsEndpoint,
  operation: string,
  input: object,
): Promise<T> => (await callJson<T>(endpoint, "kms", `TrentService.${operation}`, input)).output;

/** Signs, sends, reads. Throws AwsRefusal for an answer that is not the wished one, else OperatorError. */
export async function send(endpoint: AwsEndpoint, outgoing: Outgoing): Promise<{ text: string; requestId: string }> {
  const { service, method, target, timeoutMs } = outgoing;
  const url = baseOf(endpoint.url);
  const body = Buffer.from(outgoing.body ?? "");
  const scope = { region: endpoint.region, service, now: Date.now() };
  const unsigned = { method, target, headers: { host: url.host, ...outgoing.headers }, body };
  const headers = signRequest(unsigned, endpoint.credentials, scope);
  const { authorities } = endpoint;
  const request = { method, headers, body, authorities, timeoutMs };
  const { status, text, requestId } = await exchange(new URL(target, url), request);
  if (status < 200 || status > 299) throw refusalOf(status, text, requestId, url.origin);
  return { text, requestId };
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === "http:" || url.protocol === "https:") && url.pathname === "/") return url;
  throw new OperatorError(`Cannot use the endpoint "${text}": it is not a URL such as http://127.0.0.1:4566`);
}

/** JSON errors carry `__type` and `message`, query errors `<Code>` and `<Message>`. */
function refusalOf(status: number, text: string, requestId: string, origin: string): OperatorError {
  const json = jsonObject(text);
  const code = json
    ? String(json.__type ?? "")
        .split("#")
        .at(-1)
    : xmlText(text, "Code");
  const message = json ? String(json.message ?? json.Message ?? code) : xmlText(text, "Message");
  if (!code) return new OperatorError(`Cannot understand the answer of ${origin}: HTTP ${status}, not an AWS error`);
  return new AwsRefusal(status, code, message || code, requestId);
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    return /^\s*\{/.test(text) ? (JSON.parse(text) as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function parsed(text: string, endpoint: AwsEndpoint): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new OperatorError(`Cannot understand the answer of ${endpoint.url}: it is not JSON`);
  }
}

/** The text of the first element of that name, in the flat XML of the query protocol. */
export function xmlText(xml: string, name: string): string {
  const start = xml.indexOf(`<${name}>`);
  const end = start < 0 ? -1 : xml.indexOf(`</${name}>`, start);
  if (end < 0) return "";
  const plain = xml
    .slice(start + name.length + 2, end)
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return plain.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&apos;", "'").replaceAll("&amp;", "&");
}
