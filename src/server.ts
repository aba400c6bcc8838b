import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Config } from "./config.ts";
import { type House } from "./house.ts";
import { Jobs } from "./jobs/jobs.ts";
import { answer } from "./pipeline.ts";
import { checkAnchor } from "./audit/anchor.ts";
import { checkpointPublicKey } from "./audit/chain.ts";
import { type FloodLimits } from "./audit/flood.ts";
import { openSeal } from "./seal/root-key.ts";
import { plant } from "./seed/plant.ts";
import { readSeed } from "./seed/read-seed.ts";
import { type RemoteRoot, remoteRoot } from "./seed/remote-root.ts";
import { type ClockOffset } from "./services/claviger/operations.ts";
import { kmsDueHandlers } from "./services/kms/due-keys.ts";
import type { KeyStore } from "./services/kms/key-stores/entities.ts";
import { keyUsesOf } from "./services/kms/key-usage.ts";
import type { SinksSettings } from "./sinks/sinks.ts";
import type { LakeLimits } from "./lake/queries.ts";
import { lakeDueHandlers } from "./lake/due.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import type { Store } from "./store/store.ts";
import { listen } from "./wire/listener.ts";
import { volumesDueHandlers } from "./volumes/due.ts";
import { shutDownByGuest } from "./volumes/stopping.ts";
import type { Works } from "./volumes/works.ts";
import type { Guests } from "./guests/guests.ts";
import { composeDeliveries, composeHouse, composeQueries, guestsOf, logFault, worksOf } from "./composition.ts";
import type { Deliveries } from "./deliveries/deliveries.ts";

export { version } from "./composition.ts";

/** Last uses of keys written down in one transaction. */
const usesAtOnce = 500;

/** How long calls in flight may take once the server is asked to end. */
const drainMs = 10_000;

export interface Server {
  readonly port: number;
  readonly url: string;
  readonly house: House;
  readonly deliveries: Deliveries;
  /** Where instances are booted. */
  readonly guests?: Guests;
  /** Root of account 000000000000 where the well-known credentials are off. */
  readonly remoteRoot?: RemoteRoot;
  /** Ends what is in flight, waits for what is being written, closes. */
  close(): Promise<void>;
}

/** What a test may set: never a setting of the product. */
export interface Seams {
  /** The store's sync can be delayed and failed (`SqliteStore.fault`). */
  readonly faults?: boolean;
  readonly flood?: FloodLimits;
  /** Stands before the store, for measurements. */
  readonly storeAs?: (store: Store) => Store;
  /** How often log files are delivered, milliseconds of the domain clock. */
  readonly deliverEveryMs?: number;
  readonly sinks?: Pick<SinksSettings, "retryFirstMs" | "settleMs">;
  /** What a query of CloudTrail Lake may take. */
  readonly lake?: Partial<LakeLimits>;
  /** How long a guest may take to go down. */
  readonly guestGraceMs?: number;
}

/** seal → store → services → listener; closed in the opposite order. */
export async function startServer(config: Config, seams: Seams = {}): Promise<Server> {
  const folder = config.ephemeral ? mkdtempSync(join(tmpdir(), "claviger-")) : resolve(config.folder);
  const seal = openSeal({ folder, wraps: config.wraps, production: config.mode === "production" });
  const store = await openSqliteStore({ folder, seed: seal.derive("audit-checkpoint"), faults: seams.faults ?? false });
  /** How to end what was begun: last begun, first ended. */
  const open = new AsyncDisposableStack();
  open.defer(() => {
    if (config.ephemeral) rmSync(folder, { recursive: true, force: true });
  });
  // The last checkpoint is signed when the store closes.
  const anchored = open.use(new AsyncDisposableStack());
  open.defer(() => store.close());
  try {
    if (config.anchor !== undefined)
      await checkAnchor(config.anchor, store.trail, checkpointPublicKey(seal.derive("audit-checkpoint")));
    const house = composeHouse(config, folder, seal, seams.storeAs?.(store) ?? store, seams);
    anchored.defer(() => house.anchor?.stop());
    open.defer(() => house.meter.stop());
    open.defer(() => house.disks.close());
    open.defer(() => house.clusters.close());
    open.defer(() => house.outbound.close());
    open.defer(() => house.sinks.stop());
    open.defer(() => house.retention.stop());
    const remoteRoot = await prepare(config, house);
    const upkeep = (all: boolean) =>
      keyUsesOf(seal).unwritten(house.entities, house.clocks.wall(), { all, most: usesAtOnce });
    const due = new Map([...kmsDueHandlers(house), ...volumesDueHandlers(house), ...lakeDueHandlers(house.entities)]);
    const jobs = new Jobs(store, house.entities, house.clocks, due, upkeep);
    open.defer(() => jobs.stop());
    const deliveries = composeDeliveries(config, folder, house, seams);
    open.defer(() => deliveries.stop());
    const guests = guestsOf(config, folder, house, seams);
    const works = worksOf(house, guests);
    // A long copy is cut off with the disks, and goes on after the next start.
    open.defer(() => works.stop(() => house.disks.close()));
    open.defer(() => guests?.close());
    const queries = composeQueries(folder, house, seams);
    open.defer(() => queries.stop());
    followClock(house, jobs);
    followKeyStores(house, jobs);
    const listener = await listen(
      { host: config.host, port: config.port, loopbackHostsOnly: config.mode === "development" && !config.allowRemote },
      (request, reply) => answer(house, request, reply),
      (path) => probe(path, house),
    );
    open.defer(() => listener.close(drainMs));
    if (guests) followGuests(guests, works, house);
    await jobs.run();
    await works.resume();
    await house.sinks.start();
    if (config.keepMs !== undefined) house.retention.start(config.keepMs);
    queries.resume();
    const host = config.host.includes(":") ? `[${config.host}]` : config.host;
    const url = `http://${host}:${listener.port}`;
    return {
      port: listener.port,
      url,
      house,
      deliveries,
      ...(guests && { guests }),
      ...(remoteRoot && { remoteRoot }),
      close: () => open.disposeAsync(),
    };
  } catch (error) {
    await open.disposeAsync();
    throw error;
  }
}

/** What has to be there before the first call is answered. */
async function prepare(config: Config, house: House): Promise<RemoteRoot | undefined> {
  if (config.seedFile !== undefined) await plant(await readSeed(config.seedFile), house);
  return config.mode === "development" && config.allowRemote ? await remoteRoot(house) : undefined;
}

/** A moved clock takes effect when its change is durable: the offset first, then what has become due. */
function followClock(house: House, jobs: Jobs): void {
  house.store.onChange((changed) => {
    if (!changed.some(({ kind, id }) => kind === "installation" && id === "clock")) return;
    house.clocks.moveTo(house.entities.get<ClockOffset>("installation", "clock")?.content.offset ?? 0);
    jobs.run().catch((error: unknown) => logFault("jobs", error));
  });
}

/** A store that is to be connected is connected at once, by a job; a cluster that is disconnected is logged out of. */
function followKeyStores(house: House, jobs: Jobs): void {
  house.store.onChange((changed) => {
    const stores = changed.filter(({ kind }) => kind === "key-store");
    if (stores.length === 0) return;
    for (const { id } of stores) {
      const { state, cluster } = house.entities.get<KeyStore>("key-store", id)?.content ?? {};
      if (state === "DISCONNECTED" && cluster) house.clusters.find(cluster.clusterId)?.disconnect();
    }
    jobs.run().catch((error: unknown) => logFault("jobs", error));
  });
}

/** A guest that turns itself off ends its instance. */
function followGuests(guests: Guests, works: Works, { entities }: House): void {
  guests.start((instance) => {
    const ended = works.happened(() => shutDownByGuest(instance, entities));
    ended.catch((error: unknown) => logFault(instance, error));
  });
}

function probe(path: "/livez" | "/readyz", { store, entities }: House): { status: number; body: string } {
  const reasons = path === "/readyz" ? [store.unready, entities.unready].filter((reason) => reason !== undefined) : [];
  return reasons.length === 0 ? { status: 200, body: "ok\n" } : { status: 503, body: `${reasons.join("\n")}\n` };
}
