import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { CipherJob, CipherMessage } from "./cipher-thread.ts";
import type { Disk } from "./disk.ts";
import type { NbdDisk } from "./nbd-connection.ts";
import { sectorBytes } from "./sectors.ts";

/** From here on it is worth another thread. */
const apartLeast = 65_536;
/** With so many jobs under way in every other thread, this one does the next itself. */
const queueMost = 2;

interface Hand {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve: (bytes: Buffer) => void; reject: (error: Error) => void }>;
}

const hands: Hand[] = [];
let jobs = 0;
let disks = 0;

/** Threads that know the keys of the disks of this one, started with the first disk; they do not keep it alive. */
function allHands(): Hand[] {
  const wanted = Math.max(1, Math.min(3, availableParallelism() - 1));
  while (hands.length < wanted) hands.push(start());
  return hands;
}

function start(): Hand {
  const script = new URL(
    import.meta.url.endsWith(".ts") ? "./cipher-thread.ts" : "./cipher-thread.js",
    import.meta.url,
  );
  const worker = new Worker(script);
  const hand: Hand = { worker, waiting: new Map() };
  worker.on("message", ({ id, bytes, done }: { id: number; bytes: Uint8Array; done: boolean }) => {
    const one = hand.waiting.get(id);
    hand.waiting.delete(id);
    if (hand.waiting.size === 0) worker.unref();
    if (done) one?.resolve(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    else one?.reject(new Error("the disk is detached"));
  });
  const ended = (): void => {
    const place = hands.indexOf(hand);
    if (place >= 0) hands.splice(place, 1);
    for (const { reject } of hand.waiting.values()) reject(new Error("a thread that encrypts has ended"));
    hand.waiting.clear();
  };
  worker.on("error", ended);
  worker.on("exit", ended);
  worker.unref();
  return hand;
}

/**
 * A disk whose larger reads and writes are encrypted and decrypted by other threads, several at a time; files and what
 * is present stay with this one. Whole sectors alone go apart: what is changed within a sector is done in one go.
 */
export class ParallelDisk implements NbdDisk, Disposable {
  readonly disk: Disk;
  readonly #id = ++disks;
  readonly #hands: readonly Hand[];

  /** The key stays the caller's. */
  constructor(disk: Disk, key: Uint8Array) {
    this.disk = disk;
    this.#hands = [...allHands()];
    for (const { worker } of this.#hands) worker.postMessage({ disk: this.#id, key } satisfies CipherMessage);
  }

  read(offset: number, length: number): Buffer | Promise<Buffer> {
    const hand = this.#handFor(offset, length);
    if (!hand) return this.disk.read(offset, length);
    const { bytes, runs } = this.disk.readSealed(offset / sectorBytes, length / sectorBytes);
    return runs.length === 0 ? bytes : this.#apart(hand, { encrypt: false, bytes, runs });
  }

  write(offset: number, bytes: Buffer): void | Promise<void> {
    const hand = this.#handFor(offset, bytes.length);
    if (!hand) return this.disk.write(offset, bytes);
    const first = offset / sectorBytes;
    const runs = [{ at: 0, length: bytes.length, first }];
    return this.#apart(hand, { encrypt: true, bytes, runs }).then((sealed) => this.disk.writeSealed(first, sealed));
  }

  zero(offset: number, length: number): void {
    this.disk.zero(offset, length);
  }
  flush(): void {
    this.disk.flush();
  }

  [Symbol.dispose](): void {
    for (const { worker } of this.#hands) worker.postMessage({ forget: this.#id } satisfies CipherMessage);
    this.disk[Symbol.dispose]();
  }

  /** The one with the least to do, unless all have enough. */
  #handFor(offset: number, length: number): Hand | undefined {
    if (length < apartLeast || offset % sectorBytes !== 0 || length % sectorBytes !== 0) return undefined;
    let least: Hand | undefined;
    for (const hand of this.#hands)
      if (hands.includes(hand) && hand.waiting.size < (least?.waiting.size ?? queueMost)) least = hand;
    return least;
  }

  #apart({ worker, waiting }: Hand, job: Omit<CipherJob, "id" | "disk">): Promise<Buffer> {
    const id = ++jobs;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.ref();
      const message: CipherJob = { id, disk: this.#id, ...job };
      worker.postMessage(message, [job.bytes.buffer as ArrayBuffer]);
    });
  }
}
