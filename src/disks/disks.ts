import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { DiskPlan } from "./disk.ts";
import { type Door, Doors, type TcpDoors } from "./doors.ts";
import type { Part } from "./copying.ts";
import type { Orders } from "./thread.ts";

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  readonly progress?: ((part: number) => void) | undefined;
}

interface Hand {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** What a disk thread said went wrong; the text names layers and blocks, never bytes or keys. */
export class DiskFailure extends Error {}

type Answer<N extends keyof Orders> = Awaited<ReturnType<Orders[N]>>;

/**
 * The threads that hold disks. Whatever concerns one open layer goes to one thread, the one its owner's name points
 * at; the rest goes wherever the name given points. Threads start with their first order.
 */
export class Disks {
  readonly folder: string;
  readonly #doors: Doors;
  readonly #hands: (Hand | undefined)[];
  readonly #fault: (text: string) => void;
  #orders = 0;
  #closed = false;

  /** `folder` is the data folder's `disks`; `fault` is told what I/O errors were answered on a device. */
  constructor(dataFolder: string, fault: (text: string) => void, tcp?: TcpDoors) {
    this.folder = join(dataFolder, "disks");
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.#doors = new Doors(dataFolder, tcp);
    this.#hands = Array.from({ length: Math.max(2, Math.min(8, availableParallelism())) }, () => undefined);
    this.#fault = fault;
  }

  /** Where the socket of an attached disk stands, whether it is open or not. */
  socketOf(name: string): string {
    return this.#doors.socketOf(name);
  }

  /** The disk is a device for whoever comes through the door, until `unserve`. The key stays the caller's. */
  async serve(name: string, door: string, socketName: string, plan: DiskPlan, key: Uint8Array): Promise<void> {
    if (this.#doors.of(name, door)) return;
    const place = this.#doors.placeFor(socketName);
    const { port } = await this.order(name, "attach", { name, door, plan, key, readOnly: false, place });
    this.#doors.opened(name, door, place, port);
  }

  /** What was written is on disk, and with the last door the key is forgotten. Nothing where nothing is open. */
  async unserve(name: string, door: string): Promise<void> {
    await this.order(name, "detach", { name, door });
    this.#doors.closed(name, door);
  }

  /** How a served disk is reached; undefined when it is not served. */
  doorOf(name: string, door: string): Door | undefined {
    return this.#doors.of(name, door);
  }

  /**
   * `owner`: the id of the volume or snapshot whose open layer is touched. Keys in `order` are copied to the thread;
   * the caller wipes its own. Rejects with DiskFailure.
   */
  order<N extends keyof Orders>(
    owner: string,
    name: N,
    order: Parameters<Orders[N]>[0],
    progress?: (part: number) => void,
  ): Promise<Answer<N>> {
    if (this.#closed) return Promise.reject(new DiskFailure("the disks are closed"));
    return this.#ordered(this.#handOf(owner), name, order, progress);
  }

  /** An order to every thread, each with its part; `progress` is told of the whole. Rejects with DiskFailure. */
  async spread<N extends keyof Orders>(
    name: N,
    order: (part: Part) => Parameters<Orders[N]>[0],
    progress: (part: number) => void,
  ): Promise<Answer<N>[]> {
    const of = this.#hands.length;
    const told = this.#hands.map(() => 0);
    const tell = (index: number) => (part: number) => {
      told[index] = part;
      progress(told.reduce((sum, one) => sum + one, 0) / of);
    };
    const parts = told.map((_none, index) => {
      if (this.#closed) return Promise.reject(new DiskFailure("the disks are closed"));
      const hand = (this.#hands[index] ??= this.#start(index));
      return this.#ordered(hand, name, order({ index, of }), tell(index)).finally(() => tell(index)(1));
    });
    // A part that goes on after another has failed would write what is being taken away.
    const ends = await Promise.allSettled(parts);
    return ends.map((end) => {
      if (end.status === "rejected") throw end.reason;
      return end.value;
    });
  }

  /** What is attached is flushed and let go; whatever else is under way is cut off. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const hands = this.#hands.filter((hand) => hand !== undefined);
    await Promise.all(hands.map((hand) => this.#ordered(hand, "end", {}).catch(() => undefined)));
    for (const { worker } of hands) await worker.terminate();
    this.#doors.end();
  }

  #ordered<N extends keyof Orders>(
    hand: Hand,
    name: N,
    order: Parameters<Orders[N]>[0],
    progress?: (part: number) => void,
  ): Promise<Answer<N>> {
    const id = ++this.#orders;
    hand.worker.ref();
    return new Promise<Answer<N>>((resolve, reject) => {
      hand.waiting.set(id, { resolve, reject, progress });
      hand.worker.postMessage({ id, name, order });
    });
  }

  #handOf(owner: string): Hand {
    let sum = 0;
    for (const byte of Buffer.from(owner)) sum = (sum * 31 + byte) % 65_521;
    const place = sum % this.#hands.length;
    return (this.#hands[place] ??= this.#start(place));
  }

  #start(place: number): Hand {
    const script = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);
    const worker = new Worker(script, { workerData: { folder: this.folder } });
    const waiting = new Map<number, Waiting>();
    worker.on("message", (told: { id: number; progress?: number; answer?: never; failed?: string; fault?: string }) => {
      if (told.fault !== undefined) return this.#fault(told.fault);
      const one = waiting.get(told.id);
      if (told.progress !== undefined) return one?.progress?.(told.progress);
      waiting.delete(told.id);
      if (waiting.size === 0) worker.unref();
      if (told.failed === undefined) one?.resolve(told.answer as never);
      else one?.reject(new DiskFailure(told.failed));
    });
    const ended = (why: string) => {
      this.#hands[place] = undefined;
      for (const { reject } of waiting.values()) reject(new DiskFailure(why));
      waiting.clear();
    };
    worker.on("error", (error) =>
      ended(`the thread that held it has ended: ${error instanceof Error ? error.message : error}`),
    );
    worker.on("exit", () => ended("the disks are closed"));
    return { worker, waiting };
  }
}
