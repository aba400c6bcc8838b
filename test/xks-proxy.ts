import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certified } from "./certificates.ts";

/** What a proxy answers instead of doing what it is asked. */
export type Misbehaviour =
  | { readonly status: number; readonly errorName?: string; readonly text?: string }
  | "hang"
  | "drop"
  | ((answer: Record<string, unknown>) => Record<string, unknown>);

export interface Seen {
  readonly path: string;
  readonly body: Record<string, any>;
}

/** An external key store proxy written from the specification, with keys of its own and any behaviour a test wants. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  readonly seen: Seen[];
  /** xksKeyId → key, usage and state. */
  readonly keys: Map<string, { key: Buffer; usage: string[]; status: string; spec: string }>;
  secretAccessKey: string;
  misbehaviour: Misbehaviour | undefined;
}

export const proxyCredential = {
  AccessKeyId: "ABCDEFGHIJKLMNOPQRST",
  RawSecretAccessKey: "c2VjcmV0IG9mIHRoZSBleHRlcm5hbCBwcm94eSBpbiB0ZXN0cw==",
};

class ProxyError extends Error {
  readonly status: number;
  constructor(status: number, name: string) {
    super(name);
    this.status = status;
  }
}

export async function testProxy({ key, cert }: Certified, prefix = "/test"): Promise<TestProxy> {
  const proxy = {
    port: 0,
    seen: [] as Seen[],
    keys: new Map<string, { key: Buffer; usage: string[]; status: string; spec: string }>(),
    secretAccessKey: proxyCredential.RawSecretAccessKey,
    misbehaviour: undefined as Misbehaviour | undefined,
  };
  const server = createServer({ key, cert }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => respond(proxy, prefix, incoming, Buffer.concat(chunks), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy.port = (server.address() as AddressInfo).port;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(proxy, { [Symbol.asyncDispose]: close });
}

type Inner = Omit<TestProxy, typeof Symbol.asyncDispose>;

function respond(proxy: Inner, prefix: string, incoming: IncomingMessage, body: Buffer, response: ServerResponse) {
  const send = (status: number, content: object) =>
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(content));
  const { misbehaviour } = proxy;
  if (misbehaviour === "hang") return;
  if (misbehaviour === "drop") return void response.destroy();
  if (typeof misbehaviour === "object") {
    const { status, errorName, text } = misbehaviour;
    if (text !== undefined) return void response.writeHead(status).end(text);
    return void send(status, { errorName, errorMessage: "words of the proxy that nobody may see" });
  }
  try {
    verify(incoming, body, proxy.secretAccessKey);
    const content = JSON.parse(body.toString()) as Record<string, any>;
    proxy.seen.push({ path: incoming.url!, body: content });
    const answer = answerOf(proxy, prefix, incoming.url!, content);
    send(200, misbehaviour ? misbehaviour(answer) : answer);
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    send(error.status, { errorName: error.message });
  }
}

/** Signature version 4, written again from its description. */
function verify({ method, url, headers }: IncomingMessage, body: Buffer, secret: string): void {
  const sha = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/([^/]+)\/kms-xks-proxy\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (!match) throw new ProxyError(401, "AuthenticationFailedException");
  const [, id, scope = "", region = "", signedHeaders = "", signature] = match;
  const names = signedHeaders.split(";");
  const lines = names.map((name) => `${name}:${String(headers[name])}\n`).join("");
  const canonical = `${method}\n${url}\n\n${lines}\n${signedHeaders}\n${sha(body)}`;
  const text = `AWS4-HMAC-SHA256\n${String(headers["x-amz-date"])}\n${scope}\n${sha(canonical)}`;
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
  const day = hmac(`AWS4${secret}`, scope.slice(0, 8));
  const key = hmac(hmac(hmac(day, region), "kms-xks-proxy"), "aws4_request");
  const complete = names.includes("host") && names.includes("x-amz-date");
  if (id !== proxyCredential.AccessKeyId || !complete || hmac(key, text).toString("hex") !== signature)
    throw new ProxyError(401, "AuthenticationFailedException");
}

/** What the specification has in requestMetadata, `?` where it may be missing. */
const metadata: Readonly<Record<string, string>> = {
  health: "kmsOperation kmsRequestId",
  metadata: "awsPrincipalArn awsSourceVpc? awsSourceVpce? kmsOperation kmsRequestId",
  encrypt: "awsPrincipalArn awsSourceVpc? awsSourceVpce? kmsKeyArn kmsOperation kmsRequestId kmsViaService?",
  decrypt: "awsPrincipalArn awsSourceVpc? awsSourceVpce? kmsKeyArn kmsOperation kmsRequestId kmsViaService?",
};

/** Strict: a member that the API does not have is refused, too. */
function checkMetadata(api: string, given: Record<string, unknown>): void {
  const members = metadata[api]!.split(" ");
  const known = new Set(members.map((name) => name.replace("?", "")));
  const complete = members.every((name) => name.endsWith("?") || typeof given[name] === "string");
  if (!complete || Object.keys(given).some((name) => !known.has(name)))
    throw new ProxyError(400, "ValidationException");
}

const bytes = (text: unknown): Buffer => Buffer.from(String(text ?? ""), "base64");

function answerOf(proxy: Inner, prefix: string, url: string, body: Record<string, any>): Record<string, unknown> {
  const end = url.indexOf("/kms/xks/v1/") + "/kms/xks/v1".length;
  if (!url.startsWith(prefix) || end < prefix.length) throw new ProxyError(404, "InvalidUriPathException");
  const path = url.slice(end);
  const [, id = "", what] = /^\/keys\/([^/]+)\/(metadata|encrypt|decrypt)$/.exec(path) ?? [];
  if (path !== "/health" && what === undefined) throw new ProxyError(404, "InvalidUriPathException");
  checkMetadata(what ?? "health", body.requestMetadata);
  if (path === "/health")
    return {
      xksProxyFleetSize: 1,
      xksProxyVendor: "tests",
      xksProxyModel: "in memory",
      ekmVendor: "tests",
      ekmFleetDetails: [{ id: "one", model: "memory", healthStatus: "ACTIVE" }],
    };
  const entry = proxy.keys.get(id);
  if (!entry) throw new ProxyError(404, "KeyNotFoundException");
  if (what === "metadata") return { keySpec: entry.spec, keyUsage: entry.usage, keyStatus: entry.status };
  if (entry.status !== "ENABLED") throw new ProxyError(400, "InvalidStateException");
  if (body.encryptionAlgorithm !== "AES_GCM") throw new ProxyError(400, "ValidationException");
  return what === "encrypt" ? encrypted(entry.key, body) : decrypted(entry.key, body);
}

function encrypted(key: Buffer, body: Record<string, any>): Record<string, unknown> {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(bytes(body.additionalAuthenticatedData));
  const ciphertext = Buffer.concat([cipher.update(bytes(body.plaintext)), cipher.final()]);
  return {
    ciphertext: ciphertext.toString("base64"),
    initializationVector: iv.toString("base64"),
    authenticationTag: cipher.getAuthTag().toString("base64"),
    ciphertextMetadata: Buffer.from("generation-0007").toString("base64"),
  };
}

function decrypted(key: Buffer, body: Record<string, any>): Record<string, unknown> {
  if (bytes(body.ciphertextMetadata).toString() !== "generation-0007")
    throw new ProxyError(400, "InvalidCiphertextException");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes(body.initializationVector));
  decipher.setAAD(bytes(body.additionalAuthenticatedData));
  decipher.setAuthTag(bytes(body.authenticationTag));
  try {
    const plaintext = Buffer.concat([decipher.update(bytes(body.ciphertext)), decipher.final()]);
    return { plaintext: plaintext.toString("base64") };
  } catch {
    throw new ProxyError(400, "InvalidCiphertextException");
  }
}
