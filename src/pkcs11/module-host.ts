import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Reply, type Request, TokenFailure } from "./clusters.ts";

export interface HostSettings {
  /** What one call of the module may take, milliseconds. */
  readonly timeoutMs: number;
  /** All that the module's process has of an environment. */
  readonly environment: Readonly<Record<string, string>>;
}

interface Waiting {
  /** What logs in, if the process has not. */
  readonly opening: Request;
  /** Undefined: logging in is all. */
  readonly request: Request | undefined;
  readonly settle: (reply: Reply) => void;
  /** Wall clock, milliseconds: afterwards nobody waits for it any more. */
  readonly until: number;
}

/** Calls that wait for the module at most. */
const waitingMost = 200;

/** TypeScript as it is, or compiled: whatever this file is. */
const program = fileURLToPath(new URL(`./module-process${extname(import.meta.url)}`, import.meta.url));

/**
 * Sends a module's process one request at a time, after it has logged in. When it crashes, or does not answer in time
 * and is killed, the request that was under way fails; the next one starts a process anew.
 */
export class ModuleHost {
  readonly #settings: HostSettings;
  readonly #waiting: Waiting[] = [];
  #child: ChildProcess | undefined;
  #opened = false;
  #current: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: HostSettings) {
    this.#settings = settings;
  }

  /** Resolves to what the module's process replied. Throws TokenFailure. */
  async ask(opening: Request, request?: Request): Promise<Uint8Array | "done" | "invalid"> {
    if (this.#waiting.length >= waitingMost) throw new TokenFailure("busy");
    const until = Date.now() + 2 * this.#settings.timeoutMs;
    const reply = await new Promise<Reply>((settle) => {
      this.#waiting.push({ opening, request, settle, until });
      this.#next();
    });
    if ("reason" in reply) throw new TokenFailure(reply.reason, reply.detail);
    return reply.result;
  }

  /** Ends the process; what is under way fails. */
  end(): void {
    this.#stop({ reason: "crashed", detail: "the module's process was ended" });
  }

  #next(): void {
    if (this.#current) return;
    const waiting = this.#waiting.shift();
    if (!waiting) return;
    if (waiting.until < Date.now()) {
      waiting.settle({ reason: "timed out", detail: "other calls took too long" });
      return this.#next();
    }
    this.#current = waiting;
    if (this.#opened && waiting.request) this.#send(waiting.request);
    else if (this.#opened) this.#settle({ result: "done" });
    else this.#send(waiting.opening);
  }

  #send(request: Request): void {
    const { timeoutMs } = this.#settings;
    this.#timer = setTimeout(
      () => this.#stop({ reason: "timed out", detail: `no answer in ${timeoutMs} ms` }),
      timeoutMs,
    );
    this.#child ??= this.#start();
    this.#child.send(request, () => {
      // A process that is gone is noticed by its exit.
    });
  }

  #start(): ChildProcess {
    const child = fork(program, [], {
      serialization: "advanced",
      env: { ...this.#settings.environment },
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.unref();
    child.channel?.unref();
    const gone = () => {
      if (child === this.#child) this.#stop({ reason: "crashed", detail: "the module's process ended" });
    };
    child.on("message", (reply: Reply) => {
      if (child === this.#child) this.#replied(reply);
    });
    child.on("exit", gone);
    child.on("error", gone);
    return child;
  }

  #replied(reply: Reply): void {
    clearTimeout(this.#timer);
    const current = this.#current;
    if (this.#opened || !current || "reason" in reply) return this.#settle(reply);
    this.#opened = true;
    if (current.request) this.#send(current.request);
    else this.#settle(reply);
  }

  #settle(reply: Reply): void {
    clearTimeout(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    current?.settle(reply);
    this.#next();
  }

  #stop(reply: Reply): void {
    const child = this.#child;
    this.#child = undefined;
    this.#opened = false;
    child?.kill("SIGKILL");
    this.#settle(reply);
  }
}
