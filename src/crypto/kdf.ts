import { createHmac, hash } from "node:crypto";

/** Every derivation has its own label: a key made for one purpose is never the key of another. */
export type Label =
  | "claviger root wrap v1"
  | "claviger secret v1"
  | "claviger row mac v1"
  | "claviger purpose v1"
  | "claviger encrypt v1"
  | "claviger material id v1"
  | "claviger xks v1"
  | "claviger session secret v1"
  | "claviger disk tags v1";

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/**
 * SP 800-108 in counter mode with HMAC-SHA256: block i = HMAC(key, [i]32 ‖ label ‖ 00 ‖ context ‖ [length in bits]32).
 */
export function deriveKey(key: Uint8Array, label: Label, context: Uint8Array, length: number): Buffer {
  const fixed = Buffer.concat([Buffer.from(label), Buffer.of(0), context, u32(length * 8)]);
  const blocks: Buffer[] = [];
  for (let counter = 1; blocks.length * 32 < length; counter++)
    blocks.push(createHmac("sha256", key).update(u32(counter)).update(fixed).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

/** Each part with its length before it, so that no two lists of parts are the same bytes. */
export function framed(parts: readonly (string | Uint8Array)[]): Buffer {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    pieces.push(u32(bytes.length), bytes);
  }
  return Buffer.concat(pieces);
}

/** Where a message is laid behind the inner pad: one at a time, and wiped by the next. */
const scratch = Buffer.alloc(64 * 1024);

/** HMAC-SHA256 with a fixed key as two one-shot hashes: about half the cost of an Hmac object here. */
export class FixedHmac {
  readonly #inner = Buffer.alloc(64, 0x36);
  readonly #outer = Buffer.alloc(96, 0x5c);

  /** `key` is at most 64 bytes. */
  constructor(key: Uint8Array) {
    if (key.length > 64) throw new RangeError("an HMAC key of more than 64 bytes");
    for (let index = 0; index < key.length; index++) {
      this.#inner[index]! ^= key[index]!;
      this.#outer[index]! ^= key[index]!;
    }
  }

  /** A key of any length: a long one is hashed first, as HMAC says. */
  static of(key: Uint8Array): FixedHmac {
    return new FixedHmac(key.length > 64 ? hash("sha256", key, "buffer") : key);
  }

  mac(message: Uint8Array): Buffer {
    if (message.length > scratch.length - 64) return this.#finish(Buffer.concat([this.#inner, message]));
    this.#inner.copy(scratch);
    scratch.set(message, 64);
    return this.#finish(scratch.subarray(0, 64 + message.length));
  }

  /** Of the text's UTF-8 bytes. */
  macOf(text: string): Buffer {
    if (text.length * 3 > scratch.length - 64) return this.mac(Buffer.from(text));
    this.#inner.copy(scratch);
    return this.#finish(scratch.subarray(0, 64 + scratch.write(text, 64, "utf8")));
  }

  /** Strings between the two: a Buffer from OpenSSL costs the collector more than it costs to make. */
  #finish(padded: Uint8Array): Buffer {
    this.#outer.write(hash("sha256", padded, "latin1"), 64, "latin1");
    return Buffer.from(hash("sha256", this.#outer, "latin1"), "latin1");
  }
}
