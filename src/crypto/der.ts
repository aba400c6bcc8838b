/**
 * DER (X.690), as much of it as keys and ciphertexts need: what is read is read strictly, so that one value has one
 * encoding. Lengths are definite, minimal and below 2^24.
 */
export const tags = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  sequence: 0x30,
  implicit0: 0x80,
  explicit1: 0xa1,
} as const;

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  if (length >= 0x10000) throw new RangeError("a DER value of more than 65535 bytes");
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
}

/** An unsigned integer from its big-endian bytes. */
export function derInteger(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const trimmed = bytes.subarray(start);
  return der(tags.integer, (trimmed[0] ?? 0) >= 0x80 ? Buffer.of(0) : Buffer.alloc(0), trimmed);
}

/** Reads values one after the other. Every method throws NotDer when the bytes are not what was asked for. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The content of the next value, which must have this tag. */
  value(tag: number): Uint8Array {
    if (this.#bytes[this.#at] !== tag) throw new NotDer();
    const [length, headerBytes] = this.#length();
    const start = this.#at + headerBytes;
    if (start + length > this.#bytes.length) throw new NotDer();
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** The next value, whole: tag, length and content. */
  whole(tag: number): Uint8Array {
    const start = this.#at;
    this.value(tag);
    return this.#bytes.subarray(start, this.#at);
  }

  sequence(): DerReader {
    return new DerReader(this.value(tags.sequence));
  }

  /** An unsigned integer, left-padded to `size` bytes. */
  unsigned(size: number): Buffer {
    const content = this.value(tags.integer);
    const [first = 0x80, second = 0x80] = content;
    if (first >= 0x80 || (first === 0 && content.length > 1 && second < 0x80)) throw new NotDer();
    const digits = first === 0 ? content.subarray(1) : content;
    if (digits.length > size) throw new NotDer();
    const padded = Buffer.alloc(size);
    padded.set(digits, size - digits.length);
    return padded;
  }

  /** A bit string of whole bytes. */
  bits(): Uint8Array {
    const content = this.value(tags.bits);
    if (content[0] !== 0) throw new NotDer();
    return content.subarray(1);
  }

  end(): void {
    if (!this.ended) throw new NotDer();
  }

  #length(): readonly [length: number, headerBytes: number] {
    const byte = (offset: number): number => this.#bytes[this.#at + offset] ?? Number.NaN;
    const first = byte(1);
    if (first < 0x80) return [first, 2];
    const count = first - 0x80;
    if (!(count >= 1 && count <= 3)) throw new NotDer();
    let length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + byte(2 + index);
    const least = count === 1 ? 0x80 : 2 ** (8 * (count - 1));
    if (!(length >= least)) throw new NotDer();
    return [length, 2 + count];
  }
}

export class NotDer extends Error {
  constructor() {
    super("the bytes are not the DER that was expected");
    this.name = "NotDer";
  }
}

/** SubjectPublicKeyInfo: the AlgorithmIdentifier as it stands, and the key's own bytes. Throws NotDer. */
export function readPublicKey(spki: Uint8Array): { algorithm: Uint8Array; key: Uint8Array } {
  const outer = new DerReader(spki);
  const info = outer.sequence();
  outer.end();
  const algorithm = info.whole(tags.sequence);
  const key = info.bits();
  info.end();
  return { algorithm, key };
}

/** PKCS#8: the AlgorithmIdentifier as it stands, and the content of the private key's OCTET STRING. Throws NotDer. */
export function readPrivateKey(pkcs8: Uint8Array): { algorithm: Uint8Array; key: Uint8Array } {
  const info = new DerReader(pkcs8).sequence();
  info.value(tags.integer);
  const algorithm = info.whole(tags.sequence);
  return { algorithm, key: info.value(tags.octets) };
}
