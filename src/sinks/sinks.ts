import { refuseInside } from "../audit/outside.ts";
import type { Trail } from "../audit/trail.ts";
import type { OutboundHost, SinkSetting } from "../config.ts";
import { openOutbound, type Outbound } from "../outbound/gate.ts";
import type { Change, Entities } from "../store/entities.ts";
import type { Store } from "../store/store.ts";
import { Backoff } from "./backoff.ts";
import { FileSink } from "./file-sink.ts";
import { Follower, type FollowerStatus } from "./follower.ts";
import { HttpsSink } from "./https-sink.ts";
import { OtlpSink } from "./otlp-sink.ts";
import type { Sink } from "./sink.ts";
import { StdoutSink } from "./stdout-sink.ts";
import { SyslogSink } from "./syslog-sink.ts";

/** kind "trail-cursor", id = the sink's name, scope "sink": the last record that it is sure to have. */
export interface TrailCursor {
  readonly taken: number;
}

export interface SinksSettings {
  readonly sinks: readonly SinkSetting[];
  /** The operator's table: a host in it is where the table says. */
  readonly outbound: readonly OutboundHost[];
  readonly store: Store;
  readonly entities: Entities;
  readonly version: string;
  /** The data folder. */
  readonly folder: string;
  /** Tests wait less. */
  readonly retryFirstMs?: number;
  readonly settleMs?: number;
}

/** Cursors are written down this often; a crash gives sinks at most what came since once more. */
const saveMs = 1000;

/** Every sink with a place of its own in the trail, which is kept in the store. */
export class Sinks {
  readonly #settings: SinksSettings;
  readonly #followers: readonly Follower[];
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> | undefined;

  constructor(settings: SinksSettings) {
    this.#settings = settings;
    this.#followers = settings.sinks.map((sink) => this.#follow(sink, settings.store.trail));
  }

  /** Forgets where sinks stood that are none any more, and starts. */
  async start(): Promise<void> {
    await this.#save();
    for (const follower of this.#followers) follower.start();
  }

  status(): FollowerStatus[] {
    return this.#followers.map((follower) => follower.status());
  }

  /** Where pruning waits for each: at what it has, or at the most that is left for it. */
  takers(): { name: string; taken: number }[] {
    const { last } = this.#settings.store.trail;
    const waits = this.#settings.sinks.map((sink) => sink.waits);
    return this.#followers.map(({ name, taken }, index) => ({
      name,
      taken: Math.max(taken, last - (waits[index] ?? 0)),
    }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.stop()));
    clearTimeout(this.#timer);
    await this.#save();
  }

  #follow(setting: SinkSetting, trail: Trail): Follower {
    const { entities, retryFirstMs } = this.#settings;
    const begin = setting.from === "now" ? trail.last : 0;
    return new Follower({
      name: setting.name,
      sink: openSink(setting, this.#settings),
      trail,
      last: trail.last,
      taken: entities.get<TrailCursor>("trail-cursor", setting.name)?.content.taken ?? begin,
      moved: () => {
        this.#timer ??= setTimeout(() => void this.#save(), saveMs).unref();
      },
      ...(retryFirstMs !== undefined && { backoff: new Backoff(retryFirstMs) }),
    });
  }

  /** One after the other: each is made of what the one before has written. */
  async #save(): Promise<void> {
    this.#timer = undefined;
    await this.#saving;
    const { store } = this.#settings;
    const changes = this.#changes();
    if (changes.length === 0) return;
    const submission = { changes, records: [], used: [], decidedAt: store.changeNumber };
    // What cannot be written now is written with the next move; until then records may come twice.
    this.#saving = new Promise((resolve) => store.commit(submission, () => resolve()));
    await this.#saving;
  }

  #changes(): Change[] {
    const { entities } = this.#settings;
    const stored = entities.listByScope<TrailCursor>("trail-cursor", "sink", { after: "", limit: 1000 });
    const gone = stored.filter(({ row }) => !this.#followers.some(({ name }) => name === row.id));
    const moved = this.#followers.flatMap(({ name, taken }) => {
      const before = stored.find(({ row }) => row.id === name);
      if (!before) return [entities.create("trail-cursor", name, { taken }, { scope: "sink" })];
      return before.content.taken === taken ? [] : [entities.put(before, { taken })];
    });
    return [...gone.map((entity) => entities.delete(entity)), ...moved];
  }
}

/** Throws OperatorError for certificates that cannot be read, and for a file inside the data folder. */
function openSink(setting: SinkSetting, { outbound, version, settleMs, folder }: SinksSettings): Sink {
  const { kind, target, bearerFile, format } = setting;
  if (kind === "stdout") return new StdoutSink();
  if (kind === "file") {
    refuseInside(folder, target, "a sink's file", "name a file elsewhere");
    return new FileSink(target);
  }
  const gate = gateOf(setting, outbound);
  if (kind === "https") return new HttpsSink(gate, { url: target, bearerFile, format });
  if (kind === "otlp") return new OtlpSink(gate, { url: target, bearerFile, version });
  const { host, port } = placeOf(target);
  return new SyslogSink(gate, { host, port }, settleMs);
}

/**
 * Each sink has a gate of its own, with the one host that the operator named in it: a name in a sink opens no way for
 * what callers ask for. Where the operator's table has the host, the table says where it is.
 */
export function gateOf(
  { target, caFile }: Pick<SinkSetting, "target" | "caFile">,
  outbound: readonly OutboundHost[],
): Outbound {
  const { host, port, plain } = placeOf(target);
  const listed = outbound.find((entry) => entry.host.toLowerCase() === host);
  const place = listed ?? { host, address: host, port, ...(plain && { plain }) };
  return openOutbound([{ ...place, ...(caFile !== undefined && { caFile }) }]);
}

function placeOf(target: string): { host: string; port: number; plain: boolean } {
  // A scheme that the URL parser knows, so that host names are read as everywhere.
  const url = new URL(target.replace(/^syslog\+tls:/, "https:"));
  const usual = target.startsWith("syslog") ? 6514 : url.protocol === "http:" ? 80 : 443;
  const written = /^[a-z+]+:\/\/[^/]*:443(?:\/|$)/.test(target) ? 443 : usual;
  const port = url.port === "" ? written : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port, plain: url.protocol === "http:" };
}
