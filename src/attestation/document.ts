import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { type Cbor, type CborMap, decodeCbor, encodeCbor, NotCbor, Tagged } from "./cbor.ts";
import { type Roots, verifyChain } from "./chain.ts";
import { NotAttested } from "./not-attested.ts";

/** What a trusted attestation document says of who sent it. */
export interface Attested {
  readonly moduleId: string;
  /** Index → measurement, lower-case hexadecimal. */
  readonly pcrs: ReadonlyMap<number, string>;
  /** An enclave has PCR0 to PCR31 of its own; an instance those of its NitroTPM. */
  readonly kind: "enclave" | "nitro-tpm";
  /** RSA, 2048 to 4096 bits. */
  readonly publicKey: KeyObject;
}

/** How old a document may be, and how far ahead its clock; milliseconds. */
const freshMs = 5 * 60_000;

const coseSign1 = 18;
const es384 = -35;
const algorithmHeader = 1;
const pcrBytes = [32, 48, 64];

const malformed = (): never => {
  throw new NotAttested("The attestation document is malformed.");
};

/**
 * Reads a COSE_Sign1 document of the Nitro Security Module or of a NitroTPM, and believes it: signed by its certificate
 * (ES384), whose chain ends at one of the roots, made within the last five minutes (wall clock), with an RSA public
 * key. Throws NotAttested, and nothing else whatever the bytes are.
 */
export function readDocument(bytes: Buffer, roots: Roots, now: number): Attested {
  try {
    const [protectedBytes, payload, signature] = signedParts(decodeCbor(bytes));
    const content = decodeCbor(payload);
    if (!(content instanceof Map)) return malformed();
    const document = content as CborMap;
    const leaf = verifyChain(bytesOf(document, "certificate", 1, 4096), certificates(document), roots, now);
    const signed = encodeCbor(["Signature1", protectedBytes, Buffer.alloc(0), payload]);
    if (!verify("sha384", signed, { key: leaf, dsaEncoding: "ieee-p1363" }, signature))
      throw new NotAttested("The attestation document is not signed by its certificate.");
    const made = numberOf(document, "timestamp");
    if (made > now + freshMs || made < now - freshMs) throw new NotAttested("The attestation document has expired.");
    if (textOf(document, "digest") !== "SHA384") return malformed();
    return { moduleId: textOf(document, "module_id"), ...measurements(document), publicKey: publicKeyOf(document) };
  } catch (error) {
    if (error instanceof NotAttested) throw error;
    if (error instanceof NotCbor) return malformed();
    throw new NotAttested("The attestation document cannot be verified.");
  }
}

function signedParts(outer: Cbor): [protectedBytes: Buffer, payload: Buffer, signature: Buffer] {
  const value = outer instanceof Tagged && outer.tag === coseSign1 ? outer.value : outer;
  if (!Array.isArray(value) || value.length !== 4) return malformed();
  const [protectedBytes, unprotected, payload, signature] = value as readonly Cbor[];
  if (!Buffer.isBuffer(protectedBytes) || !Buffer.isBuffer(payload) || !Buffer.isBuffer(signature)) return malformed();
  if (!(unprotected instanceof Map) || signature.length !== 96) return malformed();
  const headers = decodeCbor(protectedBytes);
  if (!(headers instanceof Map) || headers.size !== 1 || headers.get(algorithmHeader) !== es384) return malformed();
  return [protectedBytes, payload, signature];
}

function bytesOf(document: CborMap, name: string, least: number, most: number): Buffer {
  const value = document.get(name);
  return Buffer.isBuffer(value) && value.length >= least && value.length <= most ? value : malformed();
}

function textOf(document: CborMap, name: string): string {
  const value = document.get(name);
  return typeof value === "string" && value !== "" && value.length <= 256 ? value : malformed();
}

function numberOf(document: CborMap, name: string): number {
  const value = document.get(name);
  return typeof value === "number" && value > 0 ? value : malformed();
}

const bundleMost = 8;

function certificates(document: CborMap): Buffer[] {
  const bundle = document.get("cabundle");
  if (!Array.isArray(bundle) || bundle.length < 1 || bundle.length > bundleMost) return malformed();
  return (bundle as readonly Cbor[]).map((one) =>
    Buffer.isBuffer(one) && one.length >= 1 && one.length <= 4096 ? one : malformed(),
  );
}

function measurements(document: CborMap): Pick<Attested, "pcrs" | "kind"> {
  const kind = document.has("nitrotpm_pcrs") ? "nitro-tpm" : "enclave";
  const given = document.get(kind === "enclave" ? "pcrs" : "nitrotpm_pcrs");
  if (!(given instanceof Map) || given.size < 1 || given.size > 32) return malformed();
  const pcrs = new Map<number, string>();
  for (const [index, value] of given as CborMap) {
    if (typeof index !== "number" || index < 0 || index > (kind === "enclave" ? 31 : 23)) return malformed();
    if (!Buffer.isBuffer(value) || !pcrBytes.includes(value.length)) return malformed();
    pcrs.set(index, value.toString("hex"));
  }
  return { kind, pcrs };
}

function publicKeyOf(document: CborMap): KeyObject {
  const key = createPublicKey({ key: bytesOf(document, "public_key", 1, 1024), format: "der", type: "spki" });
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const usable = key.asymmetricKeyType === "rsa" && modulusLength >= 2048 && modulusLength <= 4096;
  if (!usable || publicExponent < 3n || publicExponent > 0xffffffffn)
    throw new NotAttested("The public key of the attestation document must be an RSA key of 2048 to 4096 bits.");
  return key;
}
