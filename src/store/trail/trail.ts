import { Worker } from "node:worker_threads";
import { type ClosedSegment, segmentRecords } from "../../audit/segment.ts";
import type { Checkpoint } from "../../audit/chain.ts";
import type { Tally } from "../../audit/tally.ts";
import {
  type Cut,
  type Pruning,
  PruningRefused,
  type NumberedLine,
  type Trail,
  type TrailQuery,
} from "../../audit/trail.ts";
import type { CutQuestion } from "./pruning.ts";
import type { Verdict } from "../../audit/verify.ts";
import type { Asked, Question } from "./thread.ts";

/** The oldest segment, which is to go, with the terms under which it stands in the index. */
export interface CutSegment {
  readonly segment: number;
  readonly terms: readonly Uint8Array[];
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** Open records beyond which the oldest are closed. */
const openMost = segmentRecords * 1.5;

/** Questions that may wait; beyond them, the trail is busy. */
const waitingMost = 256;

/** The thread behind it starts with the first question. */
export class ThreadedTrail implements Trail {
  readonly #path: string;
  readonly #write: (segment: ClosedSegment | CutSegment) => Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #signed: ((checkpoint: Checkpoint) => void)[] = [];
  readonly #written: ((last: number) => void)[] = [];
  #last: number;
  #worker: Worker | undefined;
  #asked = 0;
  #open: number;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** `open` of the `last` records lie in the open end; `write` hands a closed segment to the writer. */
  constructor(
    path: string,
    { open, last }: { open: number; last: number },
    write: (segment: ClosedSegment | CutSegment) => Promise<void>,
  ) {
    this.#path = path;
    this.#open = open;
    this.#last = last;
    this.#write = write;
  }

  get last(): number {
    return this.#last;
  }

  after(after: number, limit: number, mostBytes?: number): Promise<{ lines: string[]; next: number }> {
    return this.#ask("after", { after, limit, mostBytes });
  }

  tally(after: number, limit: number): Promise<Tally> {
    return this.#ask("tally", { after, limit });
  }

  find(query: TrailQuery): Promise<NumberedLine[]> {
    return this.#ask("find", query);
  }

  verify(seed: Uint8Array): Promise<Verdict> {
    return this.#ask("verify", { seed });
  }

  wentThrough(checkpoint: Checkpoint): Promise<boolean> {
    return this.#ask("wentThrough", checkpoint);
  }

  async prune({ before, until, publicKey, announce }: Pruning): Promise<Cut | undefined> {
    while (this.#closing) await this.#closing;
    const pruning = this.#pruneAll({ before, until, publicKey }, announce);
    // No segment is closed meanwhile.
    this.#closing = pruning.then(
      () => undefined,
      () => undefined,
    );
    return await pruning.finally(() => (this.#closing = undefined));
  }

  async #pruneAll(question: CutQuestion, announce: Pruning["announce"]): Promise<Cut | undefined> {
    for (let more = true; more; ) more = await this.#closeOne(question.before);
    const cut = await this.#ask<Cut | { refused: string } | undefined>("cut", question);
    if (!cut) return undefined;
    if ("refused" in cut) throw new PruningRefused(cut.refused);
    if (!(await announce(cut))) return cut;
    for (const segment of cut.segments) {
      if (this.#closed) break;
      await this.#write({ segment, terms: await this.#ask<Uint8Array[]>("terms", segment) });
    }
    return cut;
  }

  /** Answers whether there was one. */
  async #closeOne(before?: string): Promise<boolean> {
    const segment = await this.#ask<ClosedSegment | undefined>("segment", before);
    if (!segment || this.#closed) return false;
    await this.#write(segment);
    this.#open -= segment.records;
    return true;
  }

  onCheckpoint(listener: (checkpoint: Checkpoint) => void): void {
    this.#signed.push(listener);
  }
  onRecords(listener: (last: number) => void): void {
    this.#written.push(listener);
  }

  signed(checkpoint: Checkpoint): void {
    for (const listener of this.#signed) listener(checkpoint);
  }

  /** So many records more are in the open end. */
  grown(records: number): void {
    if (records === 0) return;
    this.#open += records;
    this.#last += records;
    for (const listener of this.#written) listener(this.#last);
    if (this.#open > openMost && !this.#closing && !this.#closed)
      this.#closing = this.#closeNext().finally(() => {
        this.#closing = undefined;
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#closing;
    await this.#worker?.terminate();
  }

  async #closeNext(): Promise<void> {
    try {
      while (this.#open > openMost && !this.#closed && (await this.#closeOne()));
    } catch {
      // The trail stays as it is, open, and is whole; the next records try again.
    }
  }

  #ask<T>(name: keyof Asked, input: unknown): Promise<T> {
    if (this.#waiting.size >= waitingMost) return Promise.reject(new Error("the trail is busy"));
    this.#worker ??= this.#start();
    this.#worker.ref();
    const id = ++this.#asked;
    const question: Question = { id, name, input };
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.postMessage(question);
    });
  }

  #start(): Worker {
    const script = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);
    const worker = new Worker(script, { workerData: { path: this.#path } });
    worker.on("message", (reply: { id: number; answer?: never; failed?: string }) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
      if (reply.failed === undefined) waiting?.resolve(reply.answer as never);
      else waiting?.reject(new Error(`Cannot read the trail: ${reply.failed}`));
    });
    const ended = (error: Error) => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("error", ended);
    worker.on("exit", () => ended(new Error("the trail is closed")));
    return worker;
  }
}
