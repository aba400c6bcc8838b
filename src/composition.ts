import { join } from "node:path";
import { partitionOf } from "./arn.ts";
import { openAttestation } from "./attestation/attestation.ts";
import { OffsetClocks } from "./clocks.ts";
import type { Config } from "./config.ts";
import { LatestDecisions } from "./decisions.ts";
import { committer } from "./deliveries/book.ts";
import { Deliveries } from "./deliveries/deliveries.ts";
import { DigestKeys } from "./deliveries/digest-keys.ts";
import type { AccountTrail } from "./deliveries/entities.ts";
import { BucketFolder } from "./deliveries/folder.ts";
import { Apis, type House } from "./house.ts";
import { Guests } from "./guests/guests.ts";
import { findQemu } from "./guests/machine.ts";
import { Disks } from "./disks/disks.ts";
import type { Event } from "./audit/event.ts";
import { FloodGate, RequestQuotas } from "./audit/flood.ts";
import { openOutbound } from "./outbound/gate.ts";
import { callAs } from "./pipeline.ts";
import { openClusters } from "./pkcs11/open.ts";
import { SigningKeys } from "./sigv4/signing-keys.ts";
import { retentionOf } from "./retention.ts";
import { IssuerKeys } from "./identity/issuer-keys.ts";
import { lakeLimits, Queries } from "./lake/queries.ts";
import { Meter } from "./meter/meter.ts";
import { serviceCaller } from "./identity/forwarding.ts";
import { LastUses } from "./identity/last-uses.ts";
import type { Seal } from "./seal/seal.ts";
import { ebsOperations } from "./services/ebs/operations.ts";
import { instanceTypes } from "./services/ec2/instance-types.ts";
import { ec2Operations } from "./services/ec2/operations.ts";
import { ec2Works } from "./services/ec2/works.ts";
import { costExplorerOperations } from "./services/ce/operations.ts";
import { costOf } from "./meter/cost.ts";
import { clavigerOperations, type ClockOffset } from "./services/claviger/operations.ts";
import { toolboxOperations } from "./services/iam-toolbox/operations.ts";
import { toolboxWire } from "./services/iam-toolbox/wire.ts";
import { clavigerWire } from "./services/claviger/wire.ts";
import { cloudTrailOperations } from "./services/cloudtrail/operations.ts";
import { iamOperations } from "./services/iam/operations.ts";
import { keyUsesOf } from "./services/kms/key-usage.ts";
import { externalUse } from "./services/kms/external-use.ts";
import { accessOfPrincipal, accessToKey } from "./services/kms/access/listing.ts";
import { rehearsedDecision } from "./services/kms/access/rehearsed-decision.ts";
import { kmsOperations } from "./services/kms/operations.ts";
import { organizationsOperations } from "./services/organizations/operations.ts";
import { openAnchor } from "./sinks/anchor.ts";
import { Sinks } from "./sinks/sinks.ts";
import { stsOperations } from "./services/sts/operations.ts";
import { CachedEntities } from "./store/cached-entities.ts";
import type { Store } from "./store/store.ts";
import { attachedVolumes } from "./volumes/attached.ts";
import { reattachments } from "./volumes/attachment-works.ts";
import { Works } from "./volumes/works.ts";
import { wireService } from "./wire/services.ts";
import type { Seams } from "./server.ts";

export const version = "0.1.0";

/** Resident memory, not secrecy: rows kept parsed, in bytes of content. */
const cacheMostBytes = 48 * 1024 * 1024;

/** Everything that lives as long as the server, put together. */
export function composeHouse(config: Config, folder: string, seal: Seal, store: Store, seams: Seams): House {
  const entities = new CachedEntities(store, seal, { maxBytes: cacheMostBytes });
  const clocks = new OffsetClocks(entities.get<ClockOffset>("installation", "clock")?.content.offset ?? 0);
  const meter = new Meter(store, entities);
  const decisions = new LatestDecisions();
  const startedAt = Date.now();
  const counters = { refused: 0 };
  const attestation = openAttestation(
    config.attestationRoots,
    config.mode === "development" ? developmentSecret(seal) : undefined,
  );
  const { sinks: named, outbound: hosts } = config;
  const sinks = new Sinks({ sinks: named, outbound: hosts, store, entities, version, folder, ...seams.sinks });
  const { anchor: file, anchorUrl: url } = config;
  const anchor = openAnchor({ file, url, folder, trail: store.trail, outbound: hosts, ...seams.sinks });
  const retention = retentionOf({ seal, store, entities, clocks, meter, sinks }, logFault);
  const claviger = clavigerOperations({
    development: config.mode === "development",
    version,
    startedAt,
    readTrail: (after, limit) => store.trail.after(after, limit),
    verifyTrail: () => store.trail.verify(seal.derive("audit-checkpoint")),
    pruneTrail: (asked) => retention.prune(asked),
    counts: () => ({ refusedBeforeAuthentication: counters.refused }),
    sinks: () => sinks.status(),
    anchor: () => anchor?.status(),
    volumes: () => attachedVolumes(entities, disks),
    due: () => entities.listDue(clocks.domain(), 100).length,
    access: (asked, start, call) =>
      "key" in asked ? accessToKey(asked.key, start, call) : accessOfPrincipal(asked.principal, start, call),
    rehearsal: rehearsedDecision,
    cost: (asked, call) => costOf(meter, asked, call.now),
    attestation: attestation.make,
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
    { wire: toolboxWire, operations: toolboxOperations(decisions), below: "/authorization-details/" },
    { wire: clavigerWire, operations: new Map([...claviger, ...externalUse.map((use) => [use.name, use] as const)]) },
  ]);
  const accountKeys = config.mode === "development" && !config.allowRemote;
  const log = { fault: logFault };
  const outbound = openOutbound(config.outbound);
  const credentials = { signingKeys: new SigningKeys(), issuerKeys: new IssuerKeys(outbound, clocks) };
  const world = { entities, seal, clocks, ...credentials, development: { accountKeys } };
  const clusters = openClusters(config.clusters);
  const settled = (event: Event) =>
    (event.api.name === "kms" || event.operation.startsWith("Xks")) && keyUsesOf(seal).note(event);
  const flood = new FloodGate(seams.flood);
  const quotas = config.quotas === undefined ? {} : { quotas: new RequestQuotas(config.quotas) };
  const lastUses = new LastUses(entities);
  const disks = new Disks(folder, (text) => logFault("disks", new Error(text)), config.nbd);
  const doors = {
    outbound,
    sinks,
    retention,
    clusters,
    attestation,
    disks,
    meter,
    ...(anchor && { anchor }),
    ...quotas,
  };
  return { apis, store, entities, seal, clocks, flood, ...doors, world, lastUses, decisions, counters, settled, log };
}

/** What EC2 goes on with after its answers; every call to KMS on the way takes the line that all calls take. */
export function worksOf(house: House, guests?: Guests): Works {
  const { world, store, disks } = house;
  return new Works({
    world,
    store,
    disks,
    handlers: ec2Works,
    restarting: () => reattachments(world.entities),
    call: (who, region, operation, input) =>
      callAs(house, () => ({ caller: who(), region }), { service: "kms", operation, input }),
    ...(guests && { endGuest: (instance: string) => guests.end(instance) }),
    fault: (about, error) => house.log.fault(about, error),
  });
}

/** What boots instances, where the operator wants it. Throws OperatorError where QEMU is missing. */
export function guestsOf(config: Config, folder: string, house: House, seams: Seams): Guests | undefined {
  if (config.boot === undefined) return undefined;
  const { entities, disks, store } = house;
  const memoryOf = (type: string) => instanceTypes.get(type)?.memoryMiB;
  const ours = { program: findQemu(), dataFolder: folder, graceMs: seams.guestGraceMs ?? 5000 };
  const guests = new Guests({ ...ours, entities, disks, memoryOf, fault: logFault });
  store.onChange((changed) => guests.follow(changed));
  return guests;
}

/** Queries of CloudTrail Lake, each in a process of its own. */
export function composeQueries(folder: string, { store, entities, clocks }: House, { lake }: Seams): Queries {
  return new Queries({ store, entities, clocks, folder, limits: { ...lakeLimits, ...lake } });
}

/** How often log files are delivered, by the domain clock, where a test says nothing else: AWS takes five minutes. */
const deliverEveryMs = { development: 5_000, production: 300_000 } as const;

/** CloudTrail's deliveries, which follow the trail from now on. */
export function composeDeliveries(config: Config, folder: string, house: House, seams: Seams): Deliveries {
  const { store, entities, clocks, seal } = house;
  const commit = committer(store);
  const keys = new DigestKeys(entities, seal, commit);
  const buckets = new BucketFolder(config.trailFolder ?? join(folder, "buckets"));
  const useKey = async ({ arn, account, homeRegion, kmsKey }: AccountTrail, object: string) => {
    const caller = serviceCaller({ name: "cloudtrail" }, { arn, account });
    const context = { "aws:cloudtrail:arn": arn, "aws:s3:arn": `arn:${partitionOf(homeRegion)}:s3:::${object}` };
    const input = { KeyId: kmsKey, KeySpec: "AES_256", EncryptionContext: context };
    const who = () => ({ caller, region: homeRegion });
    const made = await callAs(house, who, { service: "kms", operation: "GenerateDataKey", input });
    (made.Plaintext as Buffer).fill(0);
  };
  const every = seams.deliverEveryMs ?? deliverEveryMs[config.mode];
  const post = { trail: store.trail, entities, clocks, buckets, keys, useKey, commit };
  return new Deliveries(post, store, every, (error) => logFault("deliveries", error));
}

/** 48 bytes, for the key of the development root of attestation. */
const developmentSecret = (seal: Seal): Buffer =>
  Buffer.concat(["one", "two"].map((half) => seal.derive(`attestation-root-${half}`).subarray(0, 24)));

/** The stack stays here, on standard error; the caller learns the request id only. */
export function logFault(requestId: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), requestId, fault: text })}\n`);
}
