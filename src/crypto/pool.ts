import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Bytes, KeyPair, Pairs } from "./algorithms.ts";
import type { Chosen } from "./key-specs.ts";
import { movable, type Work, type WorkDone } from "./pool-work.ts";
import { WaitingLine } from "./waiting-line.ts";

/** Thrown when as much work waits as may: the caller is asked to come back later. */
export class PoolFull extends Error {
  constructor() {
    super("the pool for slow cryptography is full");
    this.name = "PoolFull";
  }
}

export interface PoolSettings {
  readonly threads: number;
  /** Work that may wait for a thread, of all owners and of one; more is refused. */
  readonly waitingMost: number;
  readonly waitingMostEach: number;
  /** The threads' program. */
  readonly script?: URL;
}

interface Waiting {
  readonly work: Work;
  readonly buffers: ArrayBuffer[];
  readonly done: (value: unknown) => void;
  readonly failed: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  current: Waiting | undefined;
}

/**
 * Slow cryptography apart from the main thread. Threads start when there is work for them and do not keep the process
 * alive while they rest. A thread that dies fails the one piece of work it had; the next piece starts another.
 */
export class Pool {
  readonly #settings: PoolSettings;
  readonly #threads = new Set<Thread>();
  readonly #waiting: WaitingLine<Waiting>;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#waiting = new WaitingLine(settings.waitingMost, settings.waitingMostEach);
  }

  /**
   * Rejects with PoolFull at once, or with an Error when the work itself failed. `parts` are copied before this
   * returns: the caller may wipe them.
   */
  run(owner: string, work: Work): Promise<unknown> {
    return new Promise((done, failed) => {
      const free = [...this.#threads].find(({ current }) => current === undefined);
      const mayStart = this.#threads.size < this.#settings.threads;
      if (!free && !mayStart && !this.#waiting.hasPlace(owner)) return failed(new PoolFull());
      const { moved, buffers } = movable(work.parts);
      const waiting = { work: { ...work, parts: moved }, buffers, done, failed };
      if (free) this.#give(free, waiting);
      else if (mayStart) this.#give(this.#start(), waiting);
      else this.#waiting.add(owner, waiting);
    });
  }

  #start(): Thread {
    // The worker's file ends as this one does: .ts from a checkout, .js when published.
    const name = import.meta.url.endsWith(".ts") ? "./pool-worker.ts" : "./pool-worker.js";
    const worker = new Worker(this.#settings.script ?? new URL(name, import.meta.url));
    const thread: Thread = { worker, current: undefined };
    this.#threads.add(thread);
    worker.on("message", (done: WorkDone) => this.#settle(thread, done));
    worker.on("error", (error) => this.#lose(thread, String(error)));
    worker.on("exit", () => this.#lose(thread, "it ended"));
    return thread;
  }

  #give(thread: Thread, waiting: Waiting): void {
    thread.current = waiting;
    thread.worker.ref();
    thread.worker.postMessage(waiting.work, waiting.buffers);
  }

  #settle(thread: Thread, done: WorkDone): void {
    const { current } = thread;
    thread.current = undefined;
    const next = this.#waiting.take();
    if (next) this.#give(thread, next);
    else thread.worker.unref();
    if ("value" in done) current?.done(done.value);
    else current?.failed(new Error(done.failed));
  }

  #lose(thread: Thread, reason: string): void {
    if (!this.#threads.delete(thread)) return;
    thread.current?.failed(new Error(`a thread for slow cryptography was lost: ${reason}`));
    const next = this.#waiting.take();
    if (next) this.#give(this.#start(), next);
  }
}

/**
 * A core is left for the main thread; making keys has a thread of its own, so that a signature never waits for one.
 * At 10 to 50 ms a piece, and up to seconds for an RSA key, a longer line would outlive the patience of clients.
 */
const threads = Math.max(1, availableParallelism() - 1);
const usePool = new Pool({ threads, waitingMost: 128, waitingMostEach: 64 });
const makePool = new Pool({ threads: 1, waitingMost: 16, waitingMostEach: 8 });

type Functions<A> = { readonly [K in keyof A]: A[K] extends (...parts: never[]) => unknown ? K : never }[keyof A];
type Parts<F> = F extends (...parts: infer P) => unknown ? P : never;
type Value<F> = F extends (...parts: never[]) => infer V ? Awaited<V> : never;
type Each<A, K> = A extends unknown ? (K extends keyof A ? A[K] : never) : never;
type Names<A> = A extends unknown ? Functions<A> : never;

/**
 * Performs a function of an algorithm on a thread. `owner` is the account that asks: each waits in its own line. Rejects
 * with PoolFull.
 */
export function perform<C extends Chosen, F extends Names<C["algorithm"]> & string>(
  owner: string,
  { spec, usage, name }: C,
  does: F,
  ...parts: Parts<Each<C["algorithm"], F>>
): Promise<Value<Each<C["algorithm"], F>>> {
  return usePool.run(owner, { spec, usage, name, does, parts }) as Promise<Value<Each<C["algorithm"], F>>>;
}

/** Makes a key pair on a thread. Rejects with PoolFull. */
export const makePair = (owner: string, spec: string): Promise<KeyPair> =>
  makePool.run(owner, { spec, does: "generate" satisfies keyof Pairs, parts: [] }) as Promise<KeyPair>;

/** `Pairs.read` on a thread. Rejects with PoolFull. */
export const readPair = (owner: string, spec: string, privateKey: Bytes): Promise<KeyPair | undefined> =>
  usePool.run(owner, { spec, does: "read" satisfies keyof Pairs, parts: [privateKey] }) as Promise<KeyPair | undefined>;
