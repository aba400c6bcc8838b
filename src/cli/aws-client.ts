import { OperatorError } from "../errors.ts";
import { type SigningCredentials, signRequest } from "../sigv4/sign.ts";

export interface AwsEndpoint {
  readonly url: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
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
  readonly method: "GET" | "POST";
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** No answer takes longer; AWS's own clients wait as long. */
const answerMs = 60_000;

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

/** Signs, sends, reads. Redirects are refused: a signature is for one place. */
export async function send(endpoint: AwsEndpoint, outgoing: Outgoing): Promise<{ text: string; requestId: string }> {
  const { service, method, target } = outgoing;
  const url = baseOf(endpoint.url);
  const headers = { host: url.host, ...outgoing.headers };
  const body = Buffer.from(outgoing.body ?? "");
  const scope = { region: endpoint.region, service, now: Date.now() };
  const { host: _, ...signed } = signRequest({ method, target, headers, body }, endpoint.credentials, scope);
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(answerMs);
    const content = method === "POST" ? { body } : {};
    response = await fetch(new URL(target, url), { method, headers: signed, redirect: "manual", signal, ...content });
    text = await response.text();
  } catch (error) {
    throw new OperatorError(`Cannot reach ${url.origin}: ${causeOf(error)}`);
  }
  const requestId = response.headers.get("x-amzn-requestid") ?? "";
  if (response.status !== 200) throw refusalOf(response.status, text, requestId, url.origin);
  return { text, requestId };
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === "http:" || url.protocol === "https:") && url.pathname === "/") return url;
  throw new OperatorError(`Cannot use the endpoint "${text}": it is not a URL such as http://127.0.0.1:4566`);
}

/** JSON errors carry `__type` and `message`, query errors `<Code>` and `<Message>`. */
function refusalOf(status: number, text: string, requestId: string, origin: string): OperatorError {
  const json = /^\s*\{/.test(text) ? (JSON.parse(text) as Record<string, unknown>) : undefined;
  const code = json
    ? String(json.__type ?? "")
        .split("#")
        .at(-1)
    : xmlText(text, "Code");
  const message = json ? String(json.message ?? json.Message ?? code) : xmlText(text, "Message");
  if (!code) return new OperatorError(`Cannot understand the answer of ${origin}: HTTP ${status}, not an AWS error`);
  return new AwsRefusal(status, code, message || code, requestId);
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

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${answerMs / 1000} seconds`;
  const cause = error.cause;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause && cause.code === "ECONNREFUSED" ? "nothing listens there" : cause.message || error.message;
}
