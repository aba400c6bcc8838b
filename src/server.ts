import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { OffsetClocks } from "./clocks.ts";
import type { Config } from "./config.ts";
import { LatestDecisions } from "./decisions.ts";
import { Apis, type House } from "./house.ts";
import { Disks } from "./disks/disks.ts";
import { Jobs } from "./jobs/jobs.ts";
import { answer } from "./pipeline.ts";
import type { Event } from "./audit/event.ts";
import { keepAnchor } from "./audit/anchor.ts";
import { checkpointPublicKey } from "./audit/chain.ts";
import { FloodGate, type FloodLimits } from "./audit/flood.ts";
import { openOutbound } from "./outbound/gate.ts";
import { openClusters } from "./pkcs11/open.ts";
import { SigningKeys } from "./sigv4/signing-keys.ts";
import { LastUses } from "./identity/last-uses.ts";
import { openSeal } from "./seal/root-key.ts";
import type { Seal } from "./seal/seal.ts";
import { ebsOperations } from "./services/ebs/operations.ts";
import { ec2Operations } from "./services/ec2/operations.ts";
import { costExplorerOperations } from "./services/ce/operations.ts";
import { plant } from "./seed/plant.ts";
import { readSeed } from "./seed/read-seed.ts";
import { type RemoteRoot, remoteRoot } from "./seed/remote-root.ts";
import { clavigerOperations, type ClockOffset } from "./services/claviger/operations.ts";
import { clavigerWire } from "./services/claviger/wire.ts";
import { cloudTrailOperations } from "./services/cloudtrail/operations.ts";
import { iamOperations } from "./services/iam/operations.ts";
import { kmsDueHandlers } from "./services/kms/due-keys.ts";
import type { KeyStore } from "./services/kms/key-stores/entities.ts";
import { keyUsesOf } from "./services/kms/key-usage.ts";
import { externalUse } from "./services/kms/external-use.ts";
import { accessOfPrincipal, accessToKey } from "./services/kms/access/listing.ts";
import { rehearsedDecision } from "./services/kms/access/rehearsed-decision.ts";
import { kmsOperations } from "./services/kms/operations.ts";
import { organizationsOperations } from "./services/organizations/operations.ts";
import { stsOperations } from "./services/sts/operations.ts";
import { CachedEntities } from "./store/cached-entities.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import type { Store } from "./store/store.ts";
import { listen } from "./wire/listener.ts";
import { wireService } from "./wire/services.ts";

export const version = "0.1.0";

/** Resident memory, not secrecy: rows kept parsed, in bytes of content. */
const cacheMostBytes = 48 * 1024 * 1024;

/** Last uses of keys written down in one transaction. */
const usesAtOnce = 500;

/** How long calls in flight may take once the server is asked to end. */
const drainMs = 10_000;

export interface Server {
  readonly port: number;
  readonly url: string;
  readonly house: House;
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
}

/** seal → store → services → listener; closed in the opposite order. */
export async function startServer(config: Config, seams: Seams = {}): Promise<Server> {
  const folder = config.ephemeral ? mkdtempSync(join(tmpdir(), "claviger-")) : resolve(config.folder);
  const seal = openSeal({ folder, wraps: config.wraps, production: config.mode === "production" });
  const store = await openSqliteStore({ folder, seed: seal.derive("audit-checkpoint"), faults: seams.faults ?? false });
  const house = composeHouse(config, folder, seal, store, seams);
  const leave = async () => {
    house.outbound.close();
    house.clusters.close();
    await house.disks.close();
    await store.close();
    if (config.ephemeral) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const remoteRoot = await prepare(config, house);
    if (config.anchor !== undefined)
      keepAnchor(config.anchor, folder, store.trail, (error) => logFault("anchor", error));
    const upkeep = (all: boolean) =>
      keyUsesOf(seal).unwritten(house.entities, house.clocks.wall(), { all, most: usesAtOnce });
    const jobs = new Jobs(store, house.entities, house.clocks, kmsDueHandlers(house), upkeep);
    followClock(house, jobs);
    followKeyStores(house, jobs);
    const listener = await listen(
      { host: config.host, port: config.port, loopbackHostsOnly: config.mode === "development" && !config.allowRemote },
      (request, reply) => answer(house, request, reply),
      (path) => probe(path, house),
    );
    await jobs.run();
    const host = config.host.includes(":") ? `[${config.host}]` : config.host;
    return {
      port: listener.port,
      url: `http://${host}:${listener.port}`,
      house,
      ...(remoteRoot && { remoteRoot }),
      close: async () => {
        await listener.close(drainMs);
        await jobs.stop();
        await leave();
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}

/** What has to be there before the first call is answered. */
async function prepare(config: Config, house: House): Promise<RemoteRoot | undefined> {
  if (config.seedFile !== undefined) await plant(await readSeed(config.seedFile), house);
  return config.mode === "development" && config.allowRemote ? await remoteRoot(house) : undefined;
}

function composeHouse(config: Config, folder: string, seal: Seal, store: Store, seams: Seams): House {
  const entities = new CachedEntities(store, seal, { maxBytes: cacheMostBytes });
  const clocks = new OffsetClocks(entities.get<ClockOffset>("installation", "clock")?.content.offset ?? 0);
  const decisions = new LatestDecisions();
  const startedAt = Date.now();
  const counters = { refused: 0 };
  const claviger = clavigerOperations({
    development: config.mode === "development",
    version,
    startedAt,
    readTrail: (after, limit) => store.trail.after(after, limit),
    verifyTrail: () => store.trail.verify(checkpointPublicKey(seal.derive("audit-checkpoint"))),
    counts: () => ({ refusedBeforeAuthentication: counters.refused }),
    due: () => entities.listDue(clocks.domain(), 100).length,
    access: (asked, start, call) =>
      "key" in asked ? accessToKey(asked.key, start, call) : accessOfPrincipal(asked.principal, start, call),
    rehearsal: rehearsedDecision,
    explanation: (account, asked) => decisions.explanation(account, asked),
  });
  const apis = new Apis([
    { wire: wireService("kms"), operations: kmsOperations },
    { wire: wireService("sts"), operations: stsOperations },
    { wire: wireService("iam"), operations: iamOperations },
    { wire: wireService("cloudtrail"), operations: cloudTrailOperations },
    { wire: wireService("organizations"), operations: organizationsOperations },
    { wire: wireService("ce"), operations: costExplorerOperations },
    { wire: wireService("ec2"), operations: ec2Operations },
    { wire: wireService("ebs"), operations: ebsOperations },
    { wire: clavigerWire, operations: new Map([...claviger, ...externalUse.map((use) => [use.name, use] as const)]) },
  ]);
  const accountKeys = config.mode === "development" && !config.allowRemote;
  const world = { entities, seal, clocks, signingKeys: new SigningKeys(), development: { accountKeys } };
  const log = { fault: logFault };
  const outbound = openOutbound(config.outbound);
  const clusters = openClusters(config.clusters);
  const settled = (event: Event) =>
    (event.api.name === "kms" || event.operation.startsWith("Xks")) && keyUsesOf(seal).note(event);
  const flood = new FloodGate(seams.flood);
  const lastUses = new LastUses(entities);
  const disks = new Disks(folder, (text) => logFault("disks", new Error(text)));
  const doors = { outbound, clusters, disks };
  return { apis, store, entities, seal, clocks, flood, ...doors, world, lastUses, decisions, counters, settled, log };
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

function probe(path: "/livez" | "/readyz", { store, entities }: House): { status: number; body: string } {
  const reasons = path === "/readyz" ? [store.unready, entities.unready].filter((reason) => reason !== undefined) : [];
  return reasons.length === 0 ? { status: 200, body: "ok\n" } : { status: 503, body: `${reasons.join("\n")}\n` };
}

/** The stack stays here, on standard error; the caller learns the request id only. */
function logFault(requestId: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), requestId, fault: text })}\n`);
}
