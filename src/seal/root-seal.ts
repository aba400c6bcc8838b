import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { nonceBytes, open, seal } from "../crypto/aead.ts";
import { deriveKey, FixedHmac, framed } from "../crypto/kdf.ts";
import { Decision } from "../policy/decision.ts";
import type { RowBody } from "../store/store.ts";
import type { Place, Seal } from "./seal.ts";

/** Said of a secret that does not open where it stands: it was moved, changed, or wrapped under another root key. */
export class SecretDoesNotOpen extends Error {
  constructor({ kind, id }: Place) {
    super(`The secret of the ${kind} row "${id}" does not open: it was changed or moved outside Claviger`);
    this.name = "SecretDoesNotOpen";
  }
}

const credentialKinds: readonly string[] = ["access-key", "session"];

/** A wrapped secret: version 01 ‖ 12-byte nonce ‖ AES-256-GCM-SIV of the secret, its place as associated data. */
const version = 1;

export class RootSeal implements Seal {
  readonly #root: Buffer;
  readonly #secrets: KeyObject;
  readonly #rows: FixedHmac;

  /** Copies what it needs of `root` (32 bytes). */
  constructor(root: Uint8Array) {
    this.#root = Buffer.from(root);
    this.#secrets = createSecretKey(deriveKey(root, "claviger secret v1", Buffer.alloc(0), 32));
    this.#rows = new FixedHmac(deriveKey(root, "claviger row mac v1", Buffer.alloc(0), 32));
  }

  wrap(place: Place, secret: Uint8Array): Buffer {
    const nonce = randomBytes(nonceBytes);
    return Buffer.concat([Buffer.of(version), nonce, seal(this.#secrets, nonce, associatedOf(place), secret)]);
  }

  open(decision: Decision, place: Place, wrapped: Uint8Array): Buffer {
    if (!Decision.isGenuine(decision) || !decision.allowed)
      throw new Error("a secret was asked for without an allowing decision");
    return this.#unwrap(place, wrapped);
  }

  openCredential(place: Place, wrapped: Uint8Array): Buffer {
    if (!credentialKinds.includes(place.kind)) throw new Error(`a ${place.kind} is not a credential`);
    return this.#unwrap(place, wrapped);
  }

  derive(purpose: string): Buffer {
    return deriveKey(this.#root, "claviger purpose v1", Buffer.from(purpose), 32);
  }

  mac({ kind, id, scope, parent, due, version: number, content, secret }: RowBody & { version: number }): Buffer {
    const parts = [kind, id, scope, parent, due === null ? "" : String(due), String(number), content];
    return this.#rows.mac(framed(secret === null ? parts : [...parts, secret]));
  }

  #unwrap(place: Place, wrapped: Uint8Array): Buffer {
    const nonce = wrapped.subarray(1, 1 + nonceBytes);
    const opened =
      wrapped[0] === version
        ? open(this.#secrets, nonce, associatedOf(place), wrapped.subarray(1 + nonceBytes))
        : undefined;
    if (!opened) throw new SecretDoesNotOpen(place);
    return opened;
  }
}

const associatedOf = ({ kind, id }: Place): Buffer => framed(["claviger secret v1", kind, id]);
