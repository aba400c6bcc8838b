/**
 * The part of XTS that is not AES (IEEE 1619): the masks of a sector's blocks, each the double of the one before it in
 * GF(2^128), and their exclusive or with the data. Sixteen bytes at a time, as a WebAssembly module that is put
 * together here; AES itself is OpenSSL's.
 *
 *   memory   0: a tweak, encrypted, for each sector · 4096: the data · 36864: the masks
 */
const sectorBytes = 4096;
export const sectorsAtOnce = 8;
const chunkBytes = sectorsAtOnce * sectorBytes;
const dataAt = 4096;
const maskAt = dataAt + chunkBytes;

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

const i32 = 0x7f;
const v128 = 0x7b;
const end = 0x0b;
const loop = [0x03, 0x40];
const again = [0x0d, 0];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
/** Numbers from -64 to 63 in one byte, and 4096. */
const constant = (value: number) => (value === sectorBytes ? [0x41, 0x80, 0x20] : [0x41, value]);
const add = 0x6a;
const below = 0x49;
const simd = (code: number, ...more: number[]) => [0xfd, ...leb(code), ...more];
const load = (at: number) => simd(0x00, 0, ...leb(at));
const store = (at: number) => simd(0x0b, 0, ...leb(at));
const xor = simd(0x51);
const and = simd(0x4e);
const shiftLeft = simd(0xab);
const shiftRightSigned = simd(0xac);
/** Each lane's sign goes to the lane above it, the last one's to the first. */
const turned = simd(0x0d, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
/** What a carry adds: one to the lane above, x^7 + x^2 + x + 1 where it leaves the field. */
const carries = simd(0x0c, 0x87, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0);

const [limit, tweak, place, stop, mask, signs] = [0, 1, 2, 3, 4, 5];

/** Instructions one after the other. */
const code = (...parts: readonly (number | readonly number[])[]): number[] => parts.flat();

const doubled = code(
  code(get(mask), constant(1), shiftLeft),
  code(get(mask), constant(31), shiftRightSigned, tee(signs), get(signs), turned),
  code(carries, and, xor, set(mask)),
);

const stepUntil = (pointer: number, bound: number): number[] =>
  code(get(pointer), constant(16), add, tee(pointer), get(bound), below, again, end);

/** For every sector: the masks, and the data with them. */
const whiten = code(
  [2, 3, i32, 2, v128],
  loop,
  code(get(tweak), load(0), set(mask)),
  code(get(place), constant(sectorBytes), add, set(stop)),
  loop,
  code(get(place), get(mask), store(maskAt)),
  code(get(place), get(place), load(dataAt), get(mask), xor, store(dataAt)),
  doubled,
  stepUntil(place, stop),
  stepUntil(tweak, limit),
  end,
);

/** The data with the masks that `whiten` left. */
const unmask = code(
  [1, 1, i32],
  loop,
  code(get(1), get(1), load(dataAt), get(1), load(maskAt), xor, store(dataAt)),
  stepUntil(1, limit),
  end,
);

const section = (id: number, ...parts: readonly (number | readonly number[])[]): number[] => {
  const content = code(...parts);
  return code(id, leb(content.length), content);
};
const sized = (content: readonly number[]): number[] => code(leb(content.length), content);
const named = (name: string, ...what: number[]): number[] => code(sized([...Buffer.from(name)]), what);
const pages = Math.ceil((maskAt + chunkBytes) / 65_536);

const assembled = Uint8Array.from(
  code(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, 1, 0x60, 1, i32, 0),
    section(3, 2, 0, 0),
    section(5, 1, 0, pages),
    section(7, 3, named("memory", 2, 0), named("whiten", 0, 0), named("unmask", 0, 1)),
    section(10, 2, sized(whiten), sized(unmask)),
  ),
);

export interface XtsMask {
  /** Room for the encrypted tweaks, 16 bytes a sector. */
  readonly tweaks: Buffer;
  /** Room for `sectorsAtOnce` sectors. */
  readonly data: Buffer;
  /** Tweaks and data are there: the data with its masks, once before AES and once after it. */
  whiten(sectors: number): void;
  unmask(sectors: number): void;
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  whiten(tweakBytes: number): void;
  unmask(dataBytes: number): void;
}

/** As much of it as is used here; Node has it, and the types of its browser's side are not taken. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

function opened(): XtsMask {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assembled));
  const made = instance.exports as Exports;
  const { buffer } = made.memory;
  return {
    tweaks: Buffer.from(buffer, 0, sectorsAtOnce * 16),
    data: Buffer.from(buffer, dataAt, chunkBytes),
    whiten: (sectors) => made.whiten(sectors * 16),
    unmask: (sectors) => made.unmask(sectors * sectorBytes),
  };
}

/** One for the thread: its work never waits half done. */
export const xtsMask: XtsMask = opened();
