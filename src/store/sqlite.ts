import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Worker } from "node:worker_threads";
import type { ClosedSegment } from "../audit/segment.ts";
import { OperatorError } from "../errors.ts";
import type { BatchResult, WriterMessage } from "./batches.ts";
import { lockFolder } from "./lock.ts";
import { type RowStatements, rowStatements } from "./row-statements.ts";
import { messageOf, outcomeOf, recordsOf, type Waiting } from "./sent-batch.ts";
import type { Change, Outcome, Page, Row, Store, Submission } from "./store.ts";
import { nothingToWatch, type StateWatch, watchState } from "./state-watch.ts";
import { type CutSegment, ThreadedTrail } from "./trail/trail.ts";
import { startWriter, type StartedWriter, type WriterReply } from "./writer-thread.ts";

export interface SqliteSettings {
  readonly folder: string;
  /** 32 bytes from which the checkpoints' signing key is made. */
  readonly seed: Uint8Array;
  /** Lets a test delay and fail the sync (`SqliteStore.fault`). */
  readonly faults?: boolean;
}

/** The data folder's one database. Throws OperatorError when the folder is in use or cannot be opened. */
export async function openSqliteStore(settings: SqliteSettings): Promise<SqliteStore> {
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(settings.folder, ".gitignore"), "*\n");
  process.umask(0o077);
  const lock = lockFolder(settings.folder);
  const path = join(settings.folder, "claviger.db");
  try {
    const writer = await startWriter(path, settings);
    return new SqliteStore(path, writer, lock, writer.ready.rows ? watchState(path, settings.seed) : nothingToWatch);
  } catch (error) {
    lock[Symbol.dispose]();
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`Cannot open the store at "${path}": ${error instanceof Error ? error.message : error}`);
  }
}

export class SqliteStore implements Store {
  readonly path: string;
  readonly trail: ThreadedTrail;
  readonly #worker: Worker;
  readonly #lock: Disposable;
  readonly #reader: DatabaseSync;
  readonly #statements: RowStatements;
  readonly #listeners: ((changed: readonly Change[]) => void)[] = [];
  #changeNumber: number;
  #unready: string | undefined;
  readonly #state: StateWatch;
  #waiting: Waiting[] = [];
  #inFlight: Waiting[] | undefined;
  #idle: (() => void)[] = [];
  #folding: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(path: string, { worker, ready }: StartedWriter, lock: Disposable, state: StateWatch) {
    this.path = path;
    this.#worker = worker;
    this.#lock = lock;
    this.#state = state;
    this.#changeNumber = ready.changeNumber;
    this.trail = new ThreadedTrail(path, ready, (segment) => this.#fold(segment));
    this.#reader = new DatabaseSync(path, { readOnly: true });
    this.#reader.exec("PRAGMA busy_timeout = 5000");
    this.#statements = rowStatements(this.#reader);
    worker.on("message", (message: WriterReply) => this.#hear(message));
    worker.on("error", (error) => this.#fail(String(error)));
    worker.unref();
  }

  get changeNumber(): number {
    return this.#changeNumber;
  }
  get unready(): string | undefined {
    return this.#unready ?? this.#state.problem;
  }

  get(kind: string, id: string): Row | undefined {
    return this.#statements.get.get(kind, id) as unknown as Row | undefined;
  }
  listByScope(kind: string, scope: string, page: Page): Row[] {
    return this.#statements.byScope.all(kind, scope, page.after, page.limit) as unknown as Row[];
  }
  listByParent(kind: string, parent: string, page: Page): Row[] {
    return this.#statements.byParent.all(kind, parent, page.after, page.limit) as unknown as Row[];
  }
  countByScope(kind: string, scope: string): number {
    return Number(this.#statements.countScope.get(kind, scope)?.rows);
  }
  countByParent(kind: string, parent: string): number {
    return Number(this.#statements.countParent.get(kind, parent)?.rows);
  }
  listDue(until: number, limit: number): Row[] {
    return this.#statements.due.all(until, limit) as unknown as Row[];
  }

  commit(submission: Submission, done: (outcome: Outcome | Error) => void): void {
    this.#waiting.push({ submission, done });
    if (!this.#inFlight) this.#send();
  }

  onChange(listener: (changed: readonly Change[]) => void): void {
    this.#listeners.push(listener);
  }

  /** For tests, when opened with `faults`: the next commits take this long and fail with this text. */
  fault(fault: { delayMs: number; fail: string }): void {
    this.#post({ fault });
  }

  async close(): Promise<void> {
    await this.#state.stop();
    while (this.#inFlight) await new Promise<void>((resolve) => this.#idle.push(resolve));
    // A segment that is being written holds the process until it is.
    this.#worker.ref();
    await this.trail.close();
    const closed = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#reader.close();
    this.#post({ close: true });
    await closed;
    this.#lock[Symbol.dispose]();
  }

  /** What waits leaves together: a batch grows while the one before it is being written. No timer is involved. */
  #send(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#inFlight = batch;
    this.#worker.ref();
    this.#post(messageOf(batch, this.#changeNumber));
  }

  #post(message: WriterMessage): void {
    this.#worker.postMessage(message);
  }

  #hear(message: WriterReply): void {
    if ("checkpoint" in message) this.trail.signed(message.checkpoint);
    else if ("folded" in message) this.#folding?.resolve();
    else if ("foldingFailed" in message) this.#folding?.reject(new Error(message.foldingFailed));
    else if ("failed" in message || "outcomes" in message) this.#settle(message);
  }

  #fold(segment: ClosedSegment | CutSegment): Promise<void> {
    this.#post("terms" in segment ? { cut: segment } : { closed: segment });
    return new Promise((resolve, reject) => (this.#folding = { resolve, reject }));
  }

  /** In flight until every `done` is told: what they submit waits, and leaves in one batch. */
  #settle(message: BatchResult | { failed: string }): void {
    const batch = this.#inFlight;
    if (!batch) return;
    try {
      this.#tell(batch, message);
    } finally {
      this.#inFlight = undefined;
      if (this.#waiting.length > 0) this.#send();
      else this.#rest();
    }
  }

  #tell(batch: readonly Waiting[], message: BatchResult | { failed: string }): void {
    if ("failed" in message) {
      this.#unready = `the audit trail cannot be written: ${message.failed}`;
      for (const { done } of batch) done(new Error(this.#unready));
    } else {
      this.#unready = undefined;
      this.#changeNumber = message.changeNumber;
      const { outcomes } = message;
      const changed = batch.flatMap(({ submission }, index) =>
        outcomeOf(outcomes, index) === "done" ? submission.changes : [],
      );
      if (changed.length > 0) for (const listener of this.#listeners) listener(changed);
      batch.forEach(({ done }, index) => done(outcomeOf(outcomes, index)));
      this.trail.grown(recordsOf(batch, outcomes));
    }
  }

  #rest(): void {
    this.#worker.unref();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #fail(reason: string): void {
    this.#unready = `the writer has ended: ${reason}`;
    const error = new Error(this.#unready);
    for (const { done } of [...(this.#inFlight ?? []), ...this.#waiting]) done(error);
    this.#inFlight = undefined;
    this.#waiting = [];
    this.#rest();
  }
}
