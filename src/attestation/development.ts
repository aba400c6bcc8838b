import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Cbor, encodeCbor } from "./cbor.ts";
import { makeCertificate } from "./certificate.ts";

/** What a document that is made for tests says. */
export interface DocumentWish {
  readonly moduleId: string;
  readonly kind: "enclave" | "nitro-tpm";
  /** Index → 32, 48 or 64 bytes. */
  readonly pcrs: ReadonlyMap<number, Buffer>;
  /** DER SubjectPublicKeyInfo; null: the document carries none. */
  readonly publicKey: Buffer | null;
  readonly userData?: Buffer;
  readonly nonce?: Buffer;
  /** Wall clock, milliseconds. */
  readonly now: number;
}

const hourMs = 3_600_000;
const yearMs = 365.25 * 24 * hourMs;

/** The root of development mode: its key follows from the installation's own root key, so that nothing is kept. */
export class DevelopmentRoot {
  readonly #key: KeyObject;
  /** DER SubjectPublicKeyInfo, base64. */
  readonly publicKeyName: string;

  /** `scalar`: 48 bytes that nobody else knows. */
  constructor(scalar: Buffer) {
    this.#key = privateKeyOf(scalar);
    const spki = createPublicKey(this.#key).export({ format: "der", type: "spki" });
    this.publicKeyName = spki.toString("base64");
  }

  /** A document as a Nitro Security Module signs one: a fresh leaf, an issuer between, and this root. */
  makeDocument(wish: DocumentWish): Buffer {
    const fresh = () => generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    const [between, leaf] = [fresh(), fresh()];
    const root = "Claviger development root";
    const issuer = "Claviger development instance";
    const { now } = wish;
    const long = { from: now - yearMs, to: now + 10 * yearMs };
    const made = (content: Cbor) => encodeCbor(content);
    const bundle = [
      makeCertificate({ subject: root, issuer: root, key: this.#key, issuerKey: this.#key, authority: true, ...long }),
      makeCertificate({ subject: issuer, issuer: root, key: between, issuerKey: this.#key, authority: true, ...long }),
    ];
    const own = { subject: wish.moduleId.slice(0, 64), issuer, key: leaf, issuerKey: between, authority: false };
    const certificate = makeCertificate({ ...own, from: now - hourMs / 60, to: now + 3 * hourMs });
    const payload = made(
      new Map<string, Cbor>([
        ["module_id", wish.moduleId],
        ["digest", "SHA384"],
        ["timestamp", Math.floor(now)],
        [wish.kind === "enclave" ? "pcrs" : "nitrotpm_pcrs", new Map(wish.pcrs)],
        ["certificate", certificate],
        ["cabundle", bundle],
        ["public_key", wish.publicKey],
        ["user_data", wish.userData ?? null],
        ["nonce", wish.nonce ?? null],
      ]),
    );
    return signDocument(payload, leaf);
  }
}

const es384 = new Map<number, Cbor>([[1, -35]]);

/** COSE_Sign1 over a payload, without the tag, as the Nitro Security Module writes it. */
export function signDocument(payload: Buffer, key: KeyObject): Buffer {
  const headers = encodeCbor(es384);
  const signed = encodeCbor(["Signature1", headers, Buffer.alloc(0), payload]);
  const signature = sign("sha384", signed, { key, dsaEncoding: "ieee-p1363" });
  return encodeCbor([headers, new Map(), payload, signature]);
}

function privateKeyOf(scalar: Buffer): KeyObject {
  const pair = createECDH("secp384r1");
  pair.setPrivateKey(scalar);
  const point = pair.getPublicKey();
  const part = (from: number, to: number) => point.subarray(from, to).toString("base64url");
  const jwk = { kty: "EC", crv: "P-384", d: scalar.toString("base64url"), x: part(1, 49), y: part(49, 97) };
  return createPrivateKey({ key: jwk, format: "jwk" });
}
