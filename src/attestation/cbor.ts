/**
 * CBOR (RFC 8949), as much of it as attestation documents use, read strictly: definite lengths, shortest heads, no
 * floats, no key twice, nothing after the end. Throws NotCbor for everything else.
 */
export type Cbor = number | string | Buffer | null | boolean | readonly Cbor[] | CborMap | Tagged;
export type CborMap = ReadonlyMap<number | string, Cbor>;

export class Tagged {
  readonly tag: number;
  readonly value: Cbor;
  constructor(tag: number, value: Cbor) {
    this.tag = tag;
    this.value = value;
  }
}

export class NotCbor extends Error {
  constructor() {
    super("the bytes are not the CBOR that was expected");
    this.name = "NotCbor";
  }
}

const depthMost = 8;
const itemsMost = 1024;

const fail = (): never => {
  throw new NotCbor();
};

export function decodeCbor(bytes: Buffer): Cbor {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  return reader.ended ? value : fail();
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #items = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): Cbor {
    this.#items += 1;
    if (depth > depthMost || this.#items > itemsMost) return fail();
    const first = this.#take(1)[0]!;
    const [major, short] = [first >> 5, first & 31];
    if (major === 7) return simple(short);
    const count = this.#count(short);
    if (major === 0) return count;
    if (major === 1) return -1 - count;
    if (major === 2) return this.#take(count);
    if (major === 3) return text(this.#take(count));
    if (major === 4) return this.#list(count, depth);
    if (major === 5) return this.#map(count, depth);
    return new Tagged(count, this.value(depth + 1));
  }

  #list(count: number, depth: number): Cbor[] {
    const list: Cbor[] = [];
    for (let index = 0; index < count; index++) list.push(this.value(depth + 1));
    return list;
  }

  #map(count: number, depth: number): CborMap {
    const map = new Map<number | string, Cbor>();
    for (let index = 0; index < count; index++) {
      const key = this.value(depth + 1);
      if ((typeof key !== "number" && typeof key !== "string") || map.has(key)) return fail();
      map.set(key, this.value(depth + 1));
    }
    return map;
  }

  /** A length or a number: in as few bytes as it takes, and exact as a number. */
  #count(short: number): number {
    if (short < 24) return short;
    if (short > 27) return fail();
    const size = 2 ** (short - 24);
    const bytes = this.#take(size);
    const value = size === 8 ? bytes.readBigUInt64BE() : BigInt(bytes.readUIntBE(0, size));
    const least = size === 1 ? 24n : 2n ** BigInt(size * 4);
    return value < least || value > BigInt(Number.MAX_SAFE_INTEGER) ? fail() : Number(value);
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) return fail();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

function simple(short: number): Cbor {
  if (short === 20 || short === 21) return short === 21;
  return short === 22 ? null : fail();
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function text(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return fail();
  }
}

/** The shortest encoding; maps in the order in which they were filled. */
export function encodeCbor(value: Cbor): Buffer {
  if (value === null) return Buffer.of(0xf6);
  if (typeof value === "boolean") return Buffer.of(value ? 0xf5 : 0xf4);
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return headed(3, Buffer.from(value));
  if (Buffer.isBuffer(value)) return headed(2, value);
  if (value instanceof Tagged) return Buffer.concat([head(6, value.tag), encodeCbor(value.value)]);
  if (value instanceof Map)
    return Buffer.concat([head(5, value.size), ...[...(value as CborMap)].flat().map((part) => encodeCbor(part))]);
  const list = value as readonly Cbor[];
  return Buffer.concat([head(4, list.length), ...list.map(encodeCbor)]);
}

const headed = (major: number, bytes: Buffer): Buffer => Buffer.concat([head(major, bytes.length), bytes]);

function head(major: number, count: number): Buffer {
  const start = major << 5;
  if (count < 24) return Buffer.of(start | count);
  const size = count < 0x100 ? 1 : count < 0x10000 ? 2 : count < 0x100000000 ? 4 : 8;
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = start | (24 + Math.log2(size));
  if (size === 8) bytes.writeBigUInt64BE(BigInt(count), 1);
  else bytes.writeUIntBE(count, 1, size);
  return bytes;
}
