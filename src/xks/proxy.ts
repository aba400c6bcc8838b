import type { Clocks } from "../clocks.ts";
import { AwsError } from "../errors.ts";
import { readClaim } from "../sigv4/claim.ts";
import { SigningKeys } from "../sigv4/signing-keys.ts";
import type { SigningCredentials } from "../sigv4/sign.ts";
import { checkClaim, checkSignature } from "../sigv4/verify.ts";
import type { WireRequest } from "../wire/protocol.ts";
import { integrityValue } from "./integrity.ts";
import { type ExternalKeys, XksRefusal } from "./keys.ts";
import { type Api, apiPath, limits, xksErrors, xksService } from "./protocol.ts";
import { readBody, readDecrypt, readEncrypt, readMetadata } from "./requests.ts";

export interface ProxyAnswer {
  readonly status: number;
  readonly content: object;
}

export interface ProxySettings {
  /** What stands before `/kms/xks/v1`: "" or `/prefix`. */
  readonly prefix: string;
  /** Who may sign; at least one. */
  readonly credentials: readonly SigningCredentials[];
  readonly clocks: Pick<Clocks, "wall">;
}

const skewMinutes = 5;

const route = /^\/keys\/([a-zA-Z0-9._-]{1,128})\/(metadata|encrypt|decrypt)$/;

/** The other side of the XKS proxy API: what is asked in its name is done with `keys`. */
export class XksProxyServer {
  readonly #settings: ProxySettings;
  readonly #keys: ExternalKeys;
  readonly #signingKeys = new SigningKeys();

  constructor(settings: ProxySettings, keys: ExternalKeys) {
    this.#settings = settings;
    this.#keys = keys;
  }

  /** Path, then signature, then the body; every refusal is an answer. Throws nothing. */
  async answer(request: WireRequest): Promise<ProxyAnswer> {
    try {
      const path = this.#pathOf(request);
      this.#authenticate(request);
      return { status: 200, content: await this.#perform(path, readBody(request.body)) };
    } catch (error) {
      const refusal = error instanceof XksRefusal ? error : new XksRefusal("InternalException");
      const { errorName, message } = refusal;
      return { status: xksErrors[errorName], content: { errorName, ...(message !== "" && { errorMessage: message }) } };
    }
  }

  #pathOf({ method, target }: WireRequest): string {
    const start = this.#settings.prefix + apiPath;
    const path = target.startsWith(`${start}/`) ? target.slice(start.length) : "";
    if (method === "POST" && (path === "/health" || route.test(path))) return path;
    throw new XksRefusal("InvalidUriPathException", "Nothing is at this path.");
  }

  /** Every refusal looks the same, and an unknown id costs the work of a known one. */
  #authenticate(request: WireRequest): void {
    const { credentials, clocks } = this.#settings;
    try {
      const claim = readClaim(request);
      const expected = { service: xksService, skewMinutes, now: clocks.wall() };
      checkClaim(claim, request, expected);
      const known = credentials.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId);
      const { accessKeyId, secretAccessKey } = known ?? credentials[0]!;
      const { date, region, service } = claim;
      checkSignature(
        claim,
        request,
        this.#signingKeys.get(accessKeyId, date, region, service, () => secretAccessKey),
      );
      if (!known) throw new XksRefusal("AuthenticationFailedException");
    } catch (error) {
      if (error instanceof AwsError || error instanceof XksRefusal)
        throw new XksRefusal("AuthenticationFailedException", "The signature is not valid.");
      throw error;
    }
  }

  async #perform(path: string, body: Readonly<Record<string, unknown>>): Promise<object> {
    const [, keyId = "", what = "health"] = route.exec(path) ?? [];
    const metadata = readMetadata(body, what as Api);
    if (what === "health") return await this.#health();
    if (what === "metadata") {
      const { symmetric, enabled } = await this.#keys.describe(keyId, metadata);
      if (!symmetric) throw new XksRefusal("InvalidKeyUsageException", "The key is no AES-256 key.");
      return { keySpec: "AES_256", keyUsage: ["ENCRYPT", "DECRYPT"], keyStatus: enabled ? "ENABLED" : "DISABLED" };
    }
    if (what === "decrypt") {
      const { sealed, associated } = readDecrypt(body);
      const message = await this.#keys.decrypt(keyId, sealed, associated, metadata);
      return { plaintext: message.toString("base64") };
    }
    const { plaintext, associated, integrity } = readEncrypt(body);
    const sealed = await this.#keys.encrypt(keyId, plaintext, associated, metadata);
    if (sealed.metadata.length > limits.metadataBytes) throw new XksRefusal("InternalException");
    return {
      ciphertext: sealed.ciphertext.toString("base64"),
      initializationVector: sealed.iv.toString("base64"),
      authenticationTag: sealed.tag.toString("base64"),
      ...(sealed.metadata.length > 0 && { ciphertextMetadata: sealed.metadata.toString("base64") }),
      ...(integrity && { ciphertextDataIntegrityValue: integrityValue(sealed, associated) }),
    };
  }

  async #health(): Promise<object> {
    const healthStatus = (await this.#keys.healthy()) ? "ACTIVE" : "UNAVAILABLE";
    return {
      xksProxyFleetSize: 1,
      xksProxyVendor: "Claviger",
      xksProxyModel: "claviger xks serve",
      ekmVendor: "Claviger",
      ekmFleetDetails: [{ id: "claviger", model: "Claviger", healthStatus }],
    };
  }
}
