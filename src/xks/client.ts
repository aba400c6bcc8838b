import type { Outbound } from "../outbound/gate.ts";
import { signRequest, type SigningCredentials } from "../sigv4/sign.ts";
import { faultOf, type XksFault, XksFailure } from "./failure.ts";
import {
  type Api,
  decoded,
  type ExternalCiphertext,
  limits,
  metadataOf,
  type RequestMetadata,
  xksService,
} from "./protocol.ts";

/** The whole of one call, connection included. AWS KMS waits no longer. */
const totalMs = 250;

/** Where a proxy is, and how to sign for it. */
export interface XksProxy {
  /** `https://host`, without a port. */
  readonly endpoint: string;
  /** `/prefix/kms/xks/v1` */
  readonly path: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
}

/**
 * A client of one proxy. Every method throws XksFailure and nothing else; what a proxy answers is checked to the
 * last length before it is believed.
 */
export class XksClient {
  readonly #outbound: Outbound;
  readonly #proxy: XksProxy;
  /** Wall clock, milliseconds. */
  readonly #now: () => number;

  constructor(outbound: Outbound, proxy: XksProxy, now: () => number) {
    this.#outbound = outbound;
    this.#proxy = proxy;
    this.#now = now;
  }

  /** The proxy answers, knows the credential, and speaks the protocol. */
  async checkHealth(metadata: RequestMetadata): Promise<void> {
    const answer = await this.#call("/health", { requestMetadata: of("health", metadata) });
    const { xksProxyFleetSize: size, ekmFleetDetails: details } = answer;
    const named = ["xksProxyVendor", "xksProxyModel", "ekmVendor"].every((name) => typeof answer[name] === "string");
    if (!Number.isInteger(size) || (size as number) < 1 || !named) throw new XksFailure("InvalidResponse");
    if (!Array.isArray(details) || details.length < 1 || details.length > limits.fleetDetails)
      throw new XksFailure("InvalidResponse");
    const states = ["ACTIVE", "DEGRADED", "UNAVAILABLE"];
    for (const detail of details as Record<string, unknown>[])
      if (!states.includes(String(detail?.healthStatus))) throw new XksFailure("InvalidResponse");
  }

  /** Throws InvalidKeyUsageException for a key that is no AES-256 key for both ways, InvalidStateException when off. */
  async checkKey(keyId: string, metadata: RequestMetadata): Promise<void> {
    const answer = await this.#call(this.#keyPath(keyId, "metadata"), { requestMetadata: of("metadata", metadata) });
    const { keySpec, keyUsage, keyStatus } = answer;
    if (typeof keySpec !== "string" || !Array.isArray(keyUsage) || typeof keyStatus !== "string")
      throw new XksFailure("InvalidResponse");
    if (keySpec !== "AES_256" || !keyUsage.includes("ENCRYPT") || !keyUsage.includes("DECRYPT"))
      throw new XksFailure("InvalidKeyUsageException");
    if (keyStatus !== "ENABLED") throw new XksFailure("InvalidStateException");
  }

  async encrypt(
    keyId: string,
    message: Uint8Array,
    associated: Uint8Array,
    metadata: RequestMetadata,
  ): Promise<ExternalCiphertext> {
    const answer = await this.#call(this.#keyPath(keyId, "encrypt"), {
      requestMetadata: of("encrypt", metadata),
      additionalAuthenticatedData: Buffer.from(associated).toString("base64"),
      plaintext: Buffer.from(message).toString("base64"),
      encryptionAlgorithm: "AES_GCM",
    });
    const ciphertext = decoded(answer.ciphertext);
    const iv = decoded(answer.initializationVector);
    const tag = decoded(answer.authenticationTag);
    const own = answer.ciphertextMetadata === undefined ? Buffer.alloc(0) : decoded(answer.ciphertextMetadata);
    if (!ciphertext || !iv || !tag || !own) throw new XksFailure("InvalidResponse");
    if (ciphertext.length !== message.length || (iv.length !== 12 && iv.length !== 16))
      throw new XksFailure("InvalidResponse");
    if (tag.length !== limits.tagBytes || own.length > limits.metadataBytes) throw new XksFailure("InvalidResponse");
    return { ciphertext, iv, tag, metadata: own };
  }

  async decrypt(
    keyId: string,
    { ciphertext, iv, tag, metadata: own }: ExternalCiphertext,
    associated: Uint8Array,
    metadata: RequestMetadata,
  ): Promise<Buffer> {
    const answer = await this.#call(this.#keyPath(keyId, "decrypt"), {
      requestMetadata: of("decrypt", metadata),
      additionalAuthenticatedData: Buffer.from(associated).toString("base64"),
      encryptionAlgorithm: "AES_GCM",
      ciphertext: ciphertext.toString("base64"),
      ...(own.length > 0 && { ciphertextMetadata: own.toString("base64") }),
      initializationVector: iv.toString("base64"),
      authenticationTag: tag.toString("base64"),
    });
    const plaintext = decoded(answer.plaintext);
    if (plaintext?.length !== ciphertext.length) throw new XksFailure("InvalidResponse");
    return plaintext;
  }

  #keyPath(keyId: string, what: string): string {
    // Path segments of their own meaning: no proxy can have such a key.
    if (keyId === "." || keyId === "..") throw new XksFailure("KeyNotFoundException");
    return `/keys/${keyId}/${what}`;
  }

  async #call(path: string, content: object): Promise<Record<string, unknown>> {
    const { endpoint, path: prefix, region, credentials } = this.#proxy;
    const url = new URL(`${endpoint}${prefix}${path}`);
    const body = Buffer.from(JSON.stringify(content));
    const headers = { "content-type": "application/json", host: url.host };
    const unsigned = { method: "POST", target: url.pathname, headers, body };
    const scope = { region, service: xksService, now: this.#now() };
    const { host: _, ...signed } = signRequest(unsigned, credentials, scope);
    const sent = { method: "POST", url: url.href, headers: signed, body, totalMs, answerMostBytes: limits.bodyBytes };
    const { status, body: text } = await this.#outbound.send({ ...sent, method: "POST" }).catch((error: unknown) => {
      throw new XksFailure(outboundFault(error));
    });
    body.fill(0);
    const answer = parsed(text);
    if (status !== 200) throw new XksFailure(faultOf(status, answer?.errorName));
    if (!answer) throw new XksFailure("InvalidResponse");
    return answer;
  }
}

/** A proxy is told what the API has, and nothing more. */
function of(api: Api, metadata: RequestMetadata): object {
  const { required, optional } = metadataOf[api];
  const named = [...required, ...optional].filter((name) => metadata[name] !== undefined);
  return Object.fromEntries(named.map((name) => [name, metadata[name]]));
}

function parsed(text: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON, so not the protocol.
  }
  return undefined;
}

const outboundFaults: Readonly<Record<string, XksFault>> = {
  timeout: "TimedOut",
  untrusted: "UntrustedTls",
  "too large": "InvalidResponse",
  redirect: "InvalidResponse",
  busy: "ThrottlingException",
};

const outboundFault = (error: unknown): XksFault =>
  outboundFaults[(error as { reason?: string }).reason ?? ""] ?? "Unreachable";
