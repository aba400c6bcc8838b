import { refuse } from "../errors.ts";
import type { WireRequest } from "../wire/protocol.ts";

/** What a request says about its own signature: parsed, nothing believed. */
export interface Claim {
  readonly accessKeyId: string;
  /** yyyymmdd of the credential scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** X-Amz-Date, yyyymmddThhmmssZ. */
  readonly amzDate: string;
  readonly sessionToken?: string;
  /** Seconds, when the signature stands in the query. */
  readonly expires?: number;
}

const authorizationMost = 8192;
const tokenMost = 8192;

const incomplete = (message: string): never => refuse("IncompleteSignatureException", message, 400);

/** Throws MissingAuthenticationTokenException or IncompleteSignatureException, in AWS's words. */
export function readClaim(request: WireRequest): Claim {
  const header = request.headers.get("authorization");
  const inQuery = /[?&]X-Amz-(Signature|Credential|Algorithm)=/.test(request.target);
  if (header && inQuery) incomplete("Only one authentication mechanism is allowed: the header or the query string.");
  if (header) return fromHeader(header, request);
  if (inQuery) return fromQuery(request);
  return refuse("MissingAuthenticationTokenException", "Request is missing Authentication Token", 403);
}

const needed = ["Credential", "Signature", "SignedHeaders"] as const;
const lacksParameter = (name: string): string => `Authorization header requires '${name}' parameter.`;
const lacksDate = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";

/** What a client's Authorization headers say alike, before `Signature=`: read once, while it is the same. */
const read = new Map<string, Scope>();
const readMost = 1000;
const readMostLength = 512;
const signaturePart = "Signature=";

function fromHeader(header: readonly string[], request: WireRequest): Claim {
  const [text = ""] = header;
  if (header.length > 1 || text.length > authorizationMost) incomplete("Authorization header is not valid.");
  const cut = text.length - 64;
  const ahead = text.startsWith(signaturePart, cut - signaturePart.length) ? text.slice(0, cut) : "";
  const known = read.get(ahead);
  const date = single(request, "x-amz-date");
  if (known && date !== undefined)
    return claimOf(known, text.slice(cut), date, single(request, "x-amz-security-token"));
  const space = text.indexOf(" ");
  const algorithm = space < 0 ? text : text.slice(0, space);
  if (algorithm !== "AWS4-HMAC-SHA256") incomplete(`Unsupported AWS 'algorithm': '${shown(algorithm)}'.`);
  const parts = new Map<string, string>();
  for (const part of text.slice(space + 1).split(",")) {
    const at = part.indexOf("=");
    if (at < 0)
      incomplete(`'${shown(part.trim())}' not a valid key=value pair (missing equal-sign) in Authorization header.`);
    const name = part.slice(0, at).trim();
    if (parts.has(name)) incomplete(`Authorization header has more than one '${shown(name)}' parameter.`);
    parts.set(name, part.slice(at + 1).trim());
  }
  const [credential, signature, signedHeaders] = needed.map((name) => parts.get(name));
  const amzDate = date;
  if (credential === undefined || signature === undefined || signedHeaders === undefined || amzDate === undefined) {
    // AWS says everything that is missing, in one message.
    const missing = needed.filter((name) => !parts.has(name)).map(lacksParameter);
    return incomplete([...missing, ...(amzDate === undefined ? [lacksDate] : [])].join(" "));
  }
  const scope = scopeOf(credential, signedHeaders);
  if (ahead !== "" && ahead.length <= readMostLength) {
    if (read.size >= readMost) read.clear();
    read.set(ahead, scope);
  }
  return claimOf(scope, signature, amzDate, single(request, "x-amz-security-token"));
}

function fromQuery(request: WireRequest): Claim {
  const query = new URLSearchParams(request.target.slice(request.target.indexOf("?") + 1));
  const need = (name: string): string => {
    const values = query.getAll(name);
    if (values.length !== 1) incomplete(`AWS query-string parameters must include '${name}' once.`);
    return values[0] ?? "";
  };
  if (need("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") incomplete("Unsupported AWS 'algorithm'.");
  const expires = need("X-Amz-Expires");
  if (!/^\d{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) > 604_800)
    incomplete("X-Amz-Expires must be a number from 1 to 604800.");
  const token = query.has("X-Amz-Security-Token") ? need("X-Amz-Security-Token") : undefined;
  const scope = scopeOf(need("X-Amz-Credential"), need("X-Amz-SignedHeaders"));
  const claim = claimOf(scope, need("X-Amz-Signature"), need("X-Amz-Date"), token);
  return { ...claim, expires: Number(expires) };
}

/** What the signature is for, and which headers it covers. */
type Scope = Pick<Claim, "accessKeyId" | "date" | "region" | "service" | "signedHeaders">;

function scopeOf(credential: string, headers: string): Scope {
  const scope = credential.split("/");
  const [accessKeyId = "", date = "", region = "", service = "", ending = ""] = scope;
  if (scope.length !== 5)
    incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${shown(credential)}'.`,
    );
  if (ending !== "aws4_request")
    incomplete(`Credential should be scoped with a valid terminator: 'aws4_request', not '${shown(ending)}'.`);
  if (!/^[\w-]{4,128}$/.test(accessKeyId))
    incomplete(`Credential's access key id is not valid, got '${shown(accessKeyId)}'.`);
  if (!/^\d{8}$/.test(date) || !/^[a-z0-9-]{1,64}$/.test(region) || !/^[a-z0-9-]{1,64}$/.test(service))
    incomplete(`Credential should be scoped correctly, got '${shown(credential)}'.`);
  const signedHeaders = headers.split(";");
  const ordered = signedHeaders.every(
    (name, index) => name !== "" && (index === 0 || signedHeaders[index - 1]! < name),
  );
  if (!ordered || signedHeaders.length > 100 || headers !== headers.toLowerCase())
    incomplete("SignedHeaders must be lower-case names, sorted, each once.");
  return { accessKeyId, date, region, service, signedHeaders };
}

function claimOf(scope: Scope, signature: string, amzDate: string, token: string | undefined): Claim {
  if (!/^[0-9a-f]{64}$/.test(signature)) incomplete("Signature must be 64 hexadecimal digits.");
  if (!/^\d{8}T\d{6}Z$/.test(amzDate)) incomplete(`Date must be in ISO-8601 'basic format'. Got '${shown(amzDate)}'.`);
  if (token !== undefined && token.length > tokenMost) incomplete("The security token is too long.");
  const { accessKeyId, date, region, service, signedHeaders } = scope;
  const claim = { accessKeyId, date, region, service, signedHeaders, signature, amzDate };
  return token === undefined ? claim : { ...claim, sessionToken: token };
}

function single(request: WireRequest, name: string): string | undefined {
  const values = request.headers.get(name);
  if (values === undefined) return undefined;
  return values.length === 1 ? values[0] : incomplete(`The header ${name} must be given once.`);
}

const shown = (text: string): string => text.slice(0, 128).replace(/[^\x20-\x7e]/g, "?");
