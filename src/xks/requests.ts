import { XksRefusal } from "./keys.ts";
import { type Api, decoded, type ExternalCiphertext, limits, metadataOf, type RequestMetadata } from "./protocol.ts";

/** The bodies of the protocol's requests, read strictly. All throw XksRefusal ValidationException. */

type Body = Readonly<Record<string, unknown>>;

const invalid = (what: string): never => {
  throw new XksRefusal("ValidationException", what);
};

export function readBody(text: Buffer): Body {
  try {
    const value: unknown = JSON.parse(text.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Body;
  } catch {
    // Said below.
  }
  return invalid("The body is not a JSON object.");
}

const textMost = 2048;

/** The members that belong to this API; what else stands there is left. */
export function readMetadata(body: Body, api: Api): RequestMetadata {
  const given = body.requestMetadata;
  if (typeof given !== "object" || given === null) return invalid("requestMetadata is missing.");
  const { required, optional } = metadataOf[api];
  const text = (name: string): string => {
    const value = (given as Body)[name];
    const fits = typeof value === "string" && value !== "" && value.length <= textMost;
    return fits ? value : invalid(`requestMetadata.${name} is not valid.`);
  };
  const present = optional.filter((name) => (given as Body)[name] !== undefined && (given as Body)[name] !== null);
  const entries = [...required, ...present].map((name) => [name, text(name)] as const);
  return Object.fromEntries(entries) as unknown as RequestMetadata;
}

function bytes(body: Body, name: string, least: number, most: number): Buffer {
  const value = decoded(body[name]);
  return value && value.length >= least && value.length <= most ? value : invalid(`${name} is not valid.`);
}

const associated = (body: Body): Buffer =>
  body.additionalAuthenticatedData === undefined
    ? Buffer.alloc(0)
    : bytes(body, "additionalAuthenticatedData", 0, limits.additionalDataBytes);

function checkAlgorithm(body: Body): void {
  if (body.encryptionAlgorithm !== "AES_GCM") invalid("encryptionAlgorithm is not AES_GCM.");
}

export interface EncryptRequest {
  readonly plaintext: Buffer;
  readonly associated: Buffer;
  /** Whether the integrity value of the ciphertext is asked for. */
  readonly integrity: boolean;
}

export function readEncrypt(body: Body): EncryptRequest {
  checkAlgorithm(body);
  const integrity = body.ciphertextDataIntegrityValueAlgorithm;
  if (integrity !== undefined && integrity !== "SHA_256")
    invalid("ciphertextDataIntegrityValueAlgorithm is not SHA_256.");
  const plaintext = bytes(body, "plaintext", 1, limits.plaintextBytes);
  return { plaintext, associated: associated(body), integrity: integrity !== undefined };
}

export function readDecrypt(body: Body): { readonly sealed: ExternalCiphertext; readonly associated: Buffer } {
  checkAlgorithm(body);
  const iv = bytes(body, "initializationVector", 12, 16);
  if (iv.length !== 12 && iv.length !== 16) invalid("initializationVector is not valid.");
  const sealed = {
    ciphertext: bytes(body, "ciphertext", 1, limits.plaintextBytes),
    iv,
    tag: bytes(body, "authenticationTag", limits.tagBytes, limits.tagBytes),
    metadata:
      body.ciphertextMetadata === undefined
        ? Buffer.alloc(0)
        : bytes(body, "ciphertextMetadata", 1, limits.metadataBytes),
  };
  return { sealed, associated: associated(body) };
}
