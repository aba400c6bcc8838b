import { setTimeout as wait } from "node:timers/promises";
import { anchorText, writeAnchor } from "../audit/anchor.ts";
import type { Checkpoint } from "../audit/chain.ts";
import { refuseInside } from "../audit/outside.ts";
import type { Trail } from "../audit/trail.ts";
import type { OutboundHost, SinkSetting } from "../config.ts";
import { Backoff } from "./backoff.ts";
import { post } from "./https-sink.ts";
import { gateOf } from "./sinks.ts";

export interface AnchorSettings {
  /** A file outside the data folder, or an https URL that every checkpoint is PUT to. */
  readonly file?: string | undefined;
  readonly url?: SinkSetting | undefined;
  readonly folder: string;
  readonly trail: Trail;
  readonly outbound: readonly OutboundHost[];
  /** Tests wait less. */
  readonly retryFirstMs?: number;
}

export interface AnchorStatus {
  readonly name: string;
  /** The newest record whose checkpoint is kept there. */
  readonly records: number;
  readonly lastSuccess: string | null;
  readonly lastError: string | null;
}

/** At the end, for the last checkpoint to arrive. */
const drainMs = 5000;

/**
 * Keeps the newest checkpoint where a hand in the data folder does not reach. Checkpoints that come while one is under way
 * are overtaken by the newest; a place that cannot be reached is tried again, and stops nothing.
 */
export class Anchor {
  readonly #name: string;
  readonly #keep: (checkpoint: Checkpoint) => Promise<void>;
  readonly #backoff: Backoff;
  readonly #close: () => void;
  readonly #ended = new AbortController();
  #waiting: Checkpoint | undefined;
  #running: Promise<void> | undefined;
  #told: Omit<AnchorStatus, "name"> = { records: 0, lastSuccess: null, lastError: null };

  /** Throws OperatorError for a file inside the data folder, which would be lost or put back with it. */
  constructor({
    file,
    url,
    folder,
    trail,
    outbound,
    retryFirstMs,
  }: AnchorSettings & ({ file: string } | { url: SinkSetting })) {
    this.#backoff = new Backoff(retryFirstMs);
    if (url) {
      const gate = gateOf(url, outbound);
      const { target, bearerFile, name } = url;
      this.#name = name;
      this.#close = () => gate.close();
      const type = "application/json";
      this.#keep = async (checkpoint) => {
        const body = Buffer.from(anchorText(checkpoint));
        await post(gate, { method: "PUT", url: target, body, type, bearerFile });
      };
    } else {
      const path = file ?? "";
      refuseInside(folder, path, "the anchor", "name a file on another disk or machine");
      this.#name = `file:${path}`;
      this.#close = () => {};
      this.#keep = async (checkpoint) => writeAnchor(path, checkpoint);
    }
    trail.onCheckpoint((checkpoint) => {
      this.#waiting = checkpoint;
      this.#running ??= this.#run().finally(() => (this.#running = undefined));
    });
  }

  status(): AnchorStatus {
    return { name: this.#name, ...this.#told };
  }

  /** To be called when no checkpoint comes any more. */
  async stop(): Promise<void> {
    if (this.#running) await Promise.race([this.#running, wait(drainMs, undefined, { signal: this.#ended.signal })]);
    this.#ended.abort();
    this.#close();
  }

  async #run(): Promise<void> {
    while (this.#waiting && !this.#ended.signal.aborted) {
      const checkpoint = this.#waiting;
      try {
        await this.#keep(checkpoint);
        this.#told = { records: checkpoint.records, lastSuccess: new Date().toISOString(), lastError: null };
        this.#backoff.succeeded();
        if (this.#waiting === checkpoint) this.#waiting = undefined;
      } catch (error) {
        this.#told = {
          ...this.#told,
          lastError: (error instanceof Error ? error.message : String(error)).slice(0, 300),
        };
        await wait(this.#backoff.failed(), undefined, { signal: this.#ended.signal, ref: false }).catch(
          () => undefined,
        );
      }
    }
  }
}

/** Undefined when the operator wants none. */
export function openAnchor(settings: AnchorSettings): Anchor | undefined {
  const { file, url } = settings;
  if (url) return new Anchor({ ...settings, url });
  return file === undefined ? undefined : new Anchor({ ...settings, file });
}
