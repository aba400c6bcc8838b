import type { KeyObject } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { addMac, chainHash, type Checkpoint, checkpointKey, signCheckpoint } from "../audit/chain.ts";
import { type Head, type HeadKey, headMac } from "../audit/chain.ts";
import { ChangedReferences, namesOf } from "./changed-references.ts";
import type { ClosedSegment } from "../audit/segment.ts";
import { openHead } from "./head.ts";
import { cutSegment } from "./trail/cutting.ts";
import type { CutSegment } from "./trail/trail.ts";
import { type Change, type Outcome, type Submission } from "./store.ts";

export type WriterMessage =
  | { batch: readonly Submission[] }
  | { lines: string; count: number }
  | { closed: ClosedSegment }
  | { cut: CutSegment }
  | { close: true }
  | { fault: { delayMs: number; fail: string } };

/** In the order of the submissions; "done" when all of them are. */
export type BatchOutcomes = readonly Outcome[] | "done";

export interface BatchResult {
  readonly outcomes: BatchOutcomes;
  readonly changeNumber: number;
}

/** Turns submissions into one transaction: preconditions, rows, records, chain. Lives in the writer thread. */
export class Batches {
  readonly #database: DatabaseSync;
  readonly #statements: Record<"read" | "put" | "remove" | "append" | "stand" | "mark", StatementSync>;
  readonly #key: KeyObject;
  readonly #headKey: HeadKey;
  readonly #changed = new ChangedReferences();
  #changes = 0;
  #head: Head;
  #digest: Uint8Array;
  #lastCheckpoint: number;
  #truncateDue = false;
  /** Signed within a commit, and told with the next checkpoint. */
  #unheard: Checkpoint | undefined;

  /** Throws when the trail, or the sum of the rows, does not end where this program left it. */
  constructor(database: DatabaseSync, seed: Uint8Array) {
    this.#database = database;
    this.#key = checkpointKey(seed);
    this.#statements = {
      read: database.prepare("SELECT version, mac FROM row WHERE kind = ? AND id = ?"),
      put: database.prepare("INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      remove: database.prepare("DELETE FROM row WHERE kind = ? AND id = ?"),
      append: database.prepare("INSERT INTO trail VALUES (?, ?, ?, ?, ?, ?)"),
      stand: database.prepare("UPDATE state SET digest = ?, mac = ? WHERE id = 1"),
      mark: database.prepare("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)"),
    };
    const opened = openHead(database, seed);
    [this.#head, this.#digest, this.#headKey] = [opened.head, opened.digest, opened.key];
    this.#lastCheckpoint = Number(database.prepare("SELECT max(batch) AS batch FROM checkpoint").get()?.batch ?? 0);
  }

  /** Takes the oldest segment out of the trail. Throws when it cannot; then it is as it was. */
  cut({ segment, terms }: CutSegment): void {
    cutSegment(this.#database, this.#key, segment, terms);
  }

  get lastRecord(): number {
    return this.#head.records;
  }
  get changeNumber(): number {
    return this.#changes;
  }

  /** Throws when the transaction failed; then nothing of it is there, and nothing here has moved. */
  commit(submissions: readonly Submission[], fail = ""): BatchResult {
    const before = { digest: this.#digest, changes: this.#changes, head: this.#head };
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const accepted: Submission[] = [];
      const inBatch = new Map<string, number>();
      const outcomes = submissions.map((submission) => this.#apply(submission, accepted, inBatch));
      this.#append(accepted);
      const signed = this.#signAgain(accepted);
      if (fail !== "") throw new Error(fail);
      this.#database.exec("COMMIT");
      for (const [name, number] of inBatch) this.#changed.remember(name, number);
      this.#unheard = signed ?? this.#unheard;
      this.#truncateDue ||= accepted.some(({ changes }) => changes.some(({ destroys }) => destroys));
      this.#afterwards();
      return { outcomes, changeNumber: this.#changes };
    } catch (error) {
      this.#digest = before.digest;
      this.#changes = before.changes;
      this.#head = before.head;
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Records of calls that change nothing, joined by "\n": one statement, which is its own transaction. */
  append(lines: string, count: number, fail = ""): BatchResult {
    if (fail !== "") throw new Error(fail);
    if (count > 0) this.#head = this.#written(lines, count);
    return { outcomes: "done", changeNumber: this.#changes };
  }

  #apply(submission: Submission, accepted: Submission[], inBatch: Map<string, number>): Outcome {
    for (const name of submission.used) {
      const last = inBatch.get(name) ?? this.#changed.lastOf(name);
      if (last > submission.decidedAt) return "again";
    }
    const { changes } = submission;
    if (changes.length > 0) {
      const found = changes.map(({ kind, id }) => this.#statements.read.get(kind, id));
      const holds = changes.every(({ expect }, index) => Number(found[index]?.version ?? 0) === expect);
      if (!holds) return "conflict";
      this.#changes += 1;
      changes.forEach((change, index) => this.#write(change, found[index]?.mac as Uint8Array | undefined, inBatch));
    }
    accepted.push(submission);
    return "done";
  }

  #write(change: Change, oldMac: Uint8Array | undefined, inBatch: Map<string, number>): void {
    const { kind, id, row } = change;
    if (oldMac) this.#digest = addMac(this.#digest, oldMac, -1);
    if (row) {
      this.#statements.put.run(kind, id, row.scope, row.parent, row.due, row.version, row.content, row.secret, row.mac);
      this.#digest = addMac(this.#digest, row.mac, 1);
    } else this.#statements.remove.run(kind, id);
    for (const name of namesOf(change)) inBatch.set(name, this.#changes);
  }

  #append(accepted: readonly Submission[]): void {
    let records = "";
    let count = 0;
    for (const submission of accepted)
      for (const record of submission.records) {
        records += count === 0 ? record : `\n${record}`;
        count += 1;
      }
    if (count > 0) this.#head = this.#written(records, count);
    const changed = accepted.some(({ changes }) => changes.length > 0);
    if (changed) this.#statements.stand.run(this.#digest, headMac(this.#headKey, this.#head, this.#digest));
  }

  /** Where the chain stands with these records, which are written. */
  #written(lines: string, count: number): Head {
    const { batch, records: before, hash: previous } = this.#head;
    const next = { batch: batch + 1, first: before + 1, count, records: lines };
    const hash = chainHash(previous, next);
    const head = { batch: next.batch, records: before + count, hash };
    const mac = headMac(this.#headKey, head, this.#digest);
    this.#statements.append.run(next.batch, next.first, count, lines, hash, mac);
    return head;
  }

  /**
   * Work that a committed batch leaves behind; what fails here is tried again with the next checkpoint. Destroyed material
   * must not stay in the write-ahead log: what was overwritten there is carried over, and the log emptied.
   */
  #afterwards(): void {
    try {
      if (this.#truncateDue)
        this.#truncateDue = this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy !== 0;
    } catch {
      // The batch is durable whatever happens here.
    }
  }

  /** Signs where the chain and the state stand now; undefined when that is signed and told already. */
  checkpoint(): Checkpoint | undefined {
    this.#afterwards();
    const unheard = this.#unheard;
    this.#unheard = undefined;
    if (this.#head.batch === 0 || this.#head.batch === this.#lastCheckpoint) return unheard;
    const signed = this.#sign();
    this.#lastCheckpoint = signed.batch;
    return signed;
  }

  #sign(): Checkpoint {
    const { batch, records, hash } = this.#head;
    const signed = signCheckpoint(this.#key, { batch, records, at: Date.now(), hash, state: this.#digest });
    this.#statements.mark.run(batch, records, signed.at, hash, this.#digest, signed.signature);
    return signed;
  }

  /** Rows that change without a record would contradict the checkpoint that signed the last one. */
  #signAgain(accepted: readonly Submission[]): Checkpoint | undefined {
    const changed = accepted.some(({ changes }) => changes.length > 0);
    const recorded = accepted.some(({ records }) => records.length > 0);
    const { batch } = this.#head;
    return changed && !recorded && batch > 0 && batch === this.#lastCheckpoint ? this.#sign() : undefined;
  }
}
