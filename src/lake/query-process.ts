import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LakeResult } from "./entities.ts";
import type { Job, Said } from "./sandbox.ts";

export interface ProcessLimits {
  readonly timeMostMs: number;
  readonly rowsMost: number;
  /** Of the whole result, bytes. */
  readonly resultMost: number;
}

export type End =
  | { readonly is: "finished"; readonly scanned: number; readonly bytes: number; readonly pages: readonly LakeResult[] }
  | { readonly is: "failed"; readonly why: string }
  | { readonly is: "timed out" };

const pageRowsMost = 1000;
const pageBytesMost = 256 * 1024;

/** JavaScript's own heap, beside what SQLite may hold. */
const heapMb = 256;

/** One query in a process of its own, which may read files and do nothing else to this machine. */
export class QueryProcess {
  readonly #child: ChildProcess;
  readonly #limits: ProcessLimits;
  readonly #pages: { columns: readonly string[]; rows: (readonly string[])[] }[] = [];
  #columns: readonly string[] = [];
  #end: End | undefined;
  #pageBytes = 0;
  #bytes = 0;
  #rows = 0;

  /** It runs with the lowest priority: whoever asks for a key goes first. */
  constructor(job: Job, limits: ProcessLimits) {
    this.#limits = limits;
    const script = fileURLToPath(
      new URL(import.meta.url.endsWith(".ts") ? "./sandbox.ts" : "./sandbox.js", import.meta.url),
    );
    const program = fileURLToPath(new URL("../../", import.meta.url));
    const readable = [`--allow-fs-read=${job.folder}`, `--allow-fs-read=${program}`];
    const flags = ["--permission", "--allow-worker", ...readable, `--max-old-space-size=${heapMb}`];
    this.#child = spawn(process.execPath, [...flags, script], { env: {}, stdio: ["pipe", "pipe", "ignore"] });
    this.#child.on("spawn", () => setPriority(this.#child.pid!, constants.priority.PRIORITY_LOW));
    this.#child.stdin?.on("error", () => {});
    this.#child.stdin?.end(JSON.stringify(job));
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async ended(): Promise<End> {
    const timer = setTimeout(() => this.#stop({ is: "timed out" }), this.#limits.timeMostMs);
    const lines = createInterface({ input: this.#child.stdout!, crlfDelay: Infinity });
    lines.on("line", (line) => this.#hear(line));
    const closed = new Promise<void>((resolve) => {
      this.#child.once("close", () => resolve());
      this.#child.once("error", () => resolve());
    });
    await closed;
    lines.close();
    clearTimeout(timer);
    return this.#end ?? { is: "failed", why: exhausted };
  }

  #stop(end: End): void {
    this.#end ??= end;
    this.kill();
  }

  #hear(line: string): void {
    if (this.#end) return;
    const said = JSON.parse(line) as Said;
    if ("columns" in said) this.#columns = said.columns;
    else if ("row" in said) this.#take(said.row, line.length);
    else if ("failed" in said) this.#end = { is: "failed", why: shownFailure(said.failed) };
    else this.#end = { is: "finished", ...said.done, pages: this.#pages };
  }

  #take(row: readonly string[], bytes: number): void {
    this.#rows += 1;
    this.#bytes += bytes;
    const { rowsMost, resultMost } = this.#limits;
    if (this.#rows > rowsMost || this.#bytes > resultMost || bytes > pageBytesMost)
      return this.#stop({ is: "failed", why: `the result is larger than ${rowsMost} rows or ${resultMost} bytes` });
    const page = this.#pages.at(-1);
    if (page && page.rows.length < pageRowsMost && this.#pageBytes + bytes <= pageBytesMost) page.rows.push(row);
    else {
      this.#pages.push({ columns: this.#columns, rows: [row] });
      this.#pageBytes = 0;
    }
    this.#pageBytes += bytes;
  }
}

const exhausted = "Query exhausted resources at this scale factor";

/** SQLite's words, without what only this program knows of. */
function shownFailure(text: string): string {
  if (/out of memory|too big|database or disk is full/i.test(text)) return exhausted;
  if (/not authorized|prohibited/i.test(text)) return "the statement uses something that queries may not use";
  return text.replaceAll(/\bstore_\d+\b/g, "the event data store").slice(0, 1000);
}
