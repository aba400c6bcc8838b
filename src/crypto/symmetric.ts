import { createSecretKey, type KeyObject, randomFillSync, timingSafeEqual } from "node:crypto";
import { nonceBytes, open, sealInto, tagBytes } from "./aead.ts";
import { commitmentPlace, type Header, headerBytes, headerStart, ivPlace, noncePlace } from "./ciphertext.ts";
import { deriveKey } from "./kdf.ts";

/** A derived key and the commitment to it: 64 bytes of SP 800-108 output, halved. */
interface Subkey {
  readonly key: KeyObject;
  readonly commitment: Buffer;
}

/** The subkey that encrypts now: renewed every second in use and after 2^20 messages. */
interface Current extends Subkey {
  readonly header: Buffer;
  readonly since: number;
  messages: number;
}

const renewMs = 1000;
const renewMessages = 2 ** 20;
/** Subkeys of ciphertexts that opened, remembered for each material. */
const rememberedMost = 256;

/** Random bytes drawn in bulk: one native call for many messages. A byte is used once and wiped. */
const pool = Buffer.alloc(16 * 1024);
let poolAt = pool.length;
export function randomInto(target: Buffer, at: number, count: number): void {
  if (poolAt + count > pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  pool.copy(target, at, poolAt, poolAt + count);
  pool.fill(0, poolAt, poolAt + count);
  poolAt += count;
}

export type RandomSource = typeof randomInto;

/** One key's material at work. The material is kept as a KeyObject's bytes only as long as this object is. */
export class SymmetricMaterial {
  readonly keyId: string;
  readonly materialId: string;
  readonly #material: Buffer;
  readonly #start: Buffer;
  readonly #opened = new Map<string, Subkey>();
  readonly #random: RandomSource;
  #current: Current | undefined;

  /** Takes ownership of `material` (32 bytes) and wipes it in `forget`. Only a test of the format chooses `random`. */
  constructor(keyId: string, materialId: string, material: Buffer, random: RandomSource = randomInto) {
    if (material.length !== 32) throw new RangeError("a symmetric material has 32 bytes");
    this.#random = random;
    this.keyId = keyId;
    this.materialId = materialId;
    this.#material = material;
    this.#start = headerStart(keyId, materialId);
  }

  /** `now`: wall milliseconds, for the renewal of the subkey. */
  encrypt(message: Uint8Array, context: Uint8Array, now: number): Buffer {
    const current = this.#currentAt(now);
    const blob = Buffer.allocUnsafe(headerBytes + message.length + tagBytes);
    blob.set(current.header);
    this.#random(blob, ivPlace, nonceBytes);
    current.messages += 1;
    const header = blob.subarray(0, headerBytes);
    const associated = context.length === 0 ? header : Buffer.concat([header, context]);
    sealInto(blob, headerBytes, current.key, blob.subarray(ivPlace, commitmentPlace), associated, message);
    return blob;
  }

  /** Undefined when the ciphertext, its header or the context is not what was encrypted. */
  decrypt(blob: Buffer, { nonce, iv, commitment }: Header, context: Uint8Array): Buffer | undefined {
    const name = nonce.toString("latin1");
    const known = this.#opened.get(name);
    const subkey = known ?? this.#derive(nonce);
    if (!timingSafeEqual(subkey.commitment, commitment)) return undefined;
    const header = blob.subarray(0, headerBytes);
    const associated = context.length === 0 ? header : Buffer.concat([header, context]);
    const message = open(subkey.key, iv, associated, blob.subarray(headerBytes));
    if (message && !known) this.#remember(name, subkey);
    return message;
  }

  /** A key for one message in another format: see external.ts. */
  externalKey(nonce: Uint8Array): KeyObject {
    const bytes = deriveKey(this.#material, "claviger xks v1", Buffer.concat([this.#start, nonce]), 32);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  }

  /** Wipes the material: the object is of no use afterwards. */
  forget(): void {
    this.#material.fill(0);
    this.#opened.clear();
    this.#current = undefined;
  }

  #currentAt(now: number): Current {
    const current = this.#current;
    if (current && now - current.since < renewMs && now >= current.since && current.messages < renewMessages)
      return current;
    const header = Buffer.alloc(headerBytes);
    this.#start.copy(header);
    this.#random(header, noncePlace, ivPlace - noncePlace);
    const nonce = header.subarray(noncePlace, ivPlace);
    const subkey = this.#derive(nonce);
    subkey.commitment.copy(header, commitmentPlace);
    this.#remember(nonce.toString("latin1"), subkey);
    this.#current = { ...subkey, header, since: now, messages: 0 };
    return this.#current;
  }

  #derive(nonce: Uint8Array): Subkey {
    const bytes = deriveKey(this.#material, "claviger encrypt v1", Buffer.concat([this.#start, nonce]), 64);
    const key = createSecretKey(bytes.subarray(0, 32));
    const commitment = Buffer.from(bytes.subarray(32));
    bytes.fill(0);
    return { key, commitment };
  }

  #remember(name: string, subkey: Subkey): void {
    this.#opened.set(name, subkey);
    if (this.#opened.size > rememberedMost) this.#opened.delete(this.#opened.keys().next().value ?? "");
  }
}
