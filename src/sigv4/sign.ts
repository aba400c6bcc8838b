import { canonicalRequest, encode, sha256 } from "./canonical.ts";
import { deriveSigningKey, signature } from "./signing-keys.ts";

export interface Unsigned {
  readonly method: string;
  readonly target: string;
  /** Lower-case names; must hold host. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
  /** Milliseconds. */
  readonly now: number;
}

const amzDateOf = (now: number): string => new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");

/** All headers to send, Authorization included. */
export function signRequest(
  request: Unsigned,
  credentials: SigningCredentials,
  scope: SigningScope,
): Record<string, string> {
  const amzDate = amzDateOf(scope.now);
  const headers: Record<string, string> = { ...request.headers, "x-amz-date": amzDate };
  if (credentials.sessionToken !== undefined) headers["x-amz-security-token"] = credentials.sessionToken;
  const names = Object.keys(headers).sort();
  const { credential, signed } = signatureOf(
    request,
    headers,
    names,
    sha256(request.body),
    amzDate,
    credentials,
    scope,
    false,
  );
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signed}`;
  return headers;
}

/** A target whose query carries the signature, valid for `expires` seconds; only `host` is signed. */
export function presign(
  request: Unsigned,
  credentials: SigningCredentials,
  scope: SigningScope,
  expires: number,
): string {
  const amzDate = amzDateOf(scope.now);
  const credential = `${credentials.accessKeyId}/${amzDate.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`;
  const added: Record<string, string> = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": credential,
    "X-Amz-Date": amzDate,
    "X-Amz-Expires": String(expires),
    "X-Amz-SignedHeaders": "host",
    ...(credentials.sessionToken !== undefined && { "X-Amz-Security-Token": credentials.sessionToken }),
  };
  const query = Object.entries(added)
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join("&");
  const target = `${request.target}${request.target.includes("?") ? "&" : "?"}${query}`;
  const { signed } = signatureOf(
    { ...request, target },
    request.headers,
    ["host"],
    sha256(request.body),
    amzDate,
    credentials,
    scope,
    true,
  );
  return `${target}&X-Amz-Signature=${signed}`;
}

function signatureOf(
  request: Unsigned,
  headers: Readonly<Record<string, string>>,
  signedHeaders: readonly string[],
  payloadHash: string,
  amzDate: string,
  credentials: SigningCredentials,
  { region, service }: SigningScope,
  withoutSignature: boolean,
): { credential: string; signed: string } {
  const date = amzDate.slice(0, 8);
  const lists = new Map(Object.entries(headers).map(([name, value]) => [name, [value]]));
  const canonical = canonicalRequest({ ...request, headers: lists, signedHeaders, payloadHash, withoutSignature });
  const scope = `${date}/${region}/${service}/aws4_request`;
  const key = deriveSigningKey(credentials.secretAccessKey, date, region, service);
  const signed = signature(key, `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`);
  return { credential: `${credentials.accessKeyId}/${scope}`, signed };
}
