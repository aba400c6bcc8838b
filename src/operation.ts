import type { QuotaCharge } from "./audit/flood.ts";
import type { Trail } from "./audit/trail.ts";
import type { Clocks } from "./clocks.ts";
import type { Caller } from "./identity/caller.ts";
import type { Forwarder } from "./identity/forwarding.ts";
import type { LastUses } from "./identity/last-uses.ts";
import type { Disks } from "./disks/disks.ts";
import type { Outbound } from "./outbound/gate.ts";
import type { Attestation } from "./attestation/attestation.ts";
import type { Meter } from "./meter/meter.ts";
import type { Clusters } from "./pkcs11/clusters.ts";
import type { Context, Decision, PolicySource, GrantYes, TrustRule } from "./policy/decision.ts";
import type { Seal } from "./seal/seal.ts";
import type { Change, Entities, Entity } from "./store/entities.ts";

/** What every step of a call may use. One per call; services read it, never keep it. */
export interface Call {
  readonly caller: Caller;
  readonly region: string;
  readonly requestId: string;
  /** Domain time at which the call is decided, milliseconds. */
  readonly now: number;
  readonly clocks: Clocks;
  readonly entities: Entities;
  readonly seal: Seal;
  readonly trail: Trail;
  readonly outbound: Outbound;
  /** AWS's request quotas, where the operator has switched them on; a call that is decided again is not charged again. */
  readonly quotas?: { readonly profile: string; charge(charge: QuotaCharge): void };
  /**
   * A call to another service on this caller's behalf, or with `onBehalfOf` as the service itself: with a decision and
   * a record of its own. Answers with typed output; rejects with AwsError. What it changed stays changed if this call
   * is decided again, so that it must be safe to repeat.
   */
  forward(forwarding: Forwarding): Promise<Record<string, unknown>>;
  readonly clusters: Clusters;
  readonly attestation: Attestation;
  readonly lastUses: LastUses;
  readonly disks: Disks;
  readonly meter: Meter;
  /** Rows and lists that the decision or the answer depends on; `find` and `asks` add to it (store `reference`). */
  readonly used: string[];
}

/** A call from service to service. */
export interface Forwarding {
  readonly by: Forwarder;
  /** Set when the service calls for a resource and not for a caller. */
  readonly onBehalfOf?: { readonly arn: string; readonly account: string };
  /** `kms` */
  readonly service: string;
  readonly operation: string;
  /** As the wire would have decoded it: blobs are Buffers. */
  readonly input: Record<string, unknown>;
}

/** One question that needs a yes. `context` adds to the caller's and the global keys. */
export interface Ask {
  /** `kms:Encrypt` */
  readonly action: string;
  /** ARN or "*". */
  readonly resource: string;
  /** The ARN by which the caller named it, which is all that another account is told. */
  readonly namedBy?: string;
  readonly resourceAccount: string;
  readonly trust: TrustRule;
  readonly resourcePolicy?: PolicySource;
  /** Looked for only when the policies give no yes and none of them says no: a grant can only add a yes. */
  readonly grants?: () => readonly GrantYes[];
  readonly context: Context;
  readonly identityOnlyContext?: Context;
  /** An AWS managed key: resource control policies do not reach it. */
  readonly managedByService?: true;
  /** AWS does not have the operation across accounts: no policy helps. */
  readonly withinAccount?: true;
  /** How a denial names the resource, where it is not `on resource: ARN` (iam.md, section 2.2). */
  readonly phrase?: string;
  /** Across accounts a refusal must not tell whether the resource exists (KMS). */
  readonly hidesExistence?: boolean;
}

/** An entry of the record's `resources`. */
export interface RecordedResource {
  readonly ARN: string;
  readonly accountId: string;
  readonly type?: string;
  /** The ARN by which it was named, where another account that is denied must not learn what it stands for. */
  readonly namedBy?: string;
}

/** What a service did by itself: a key deleted at its date, an AWS managed key made (kms.md, section 14). */
export interface ServiceEvent {
  /** `DeleteKey` */
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly resources: readonly RecordedResource[];
  /** CloudTrail's serviceEventDetails. */
  readonly details?: object;
  /** `ec2.amazonaws.com`; KMS without it. */
  readonly source?: string;
  /**
   * AWS records some of its own acts as calls (SynchronizeMultiRegionKey). A notification is what AWS tells through
   * EventBridge: it stands in the trail for people to find, and is none of CloudTrail's events.
   */
  readonly type?: "AwsServiceEvent" | "AwsApiCall" | "Notification";
}

/** The same call as another Region records it: its own name there, where it has one, and what it did there. */
export interface RegionalRecord {
  readonly region: string;
  /** `CreateKey`, for what ReplicateKey does in the replica's Region. */
  readonly name?: string;
  /** CloudTrail's requestParameters and responseElements, where they differ from the call's own. */
  readonly requestParameters?: object;
  readonly responseElements?: object | null;
  readonly resources: readonly RecordedResource[];
}

/** What a due row asks for, done under a named system decision: its changes and the events that record them. */
export interface DueWork {
  readonly changes: readonly Change[];
  readonly events: readonly ServiceEvent[];
  readonly used: readonly string[];
}

/** By kind of row: what is to be done when its date has come. */
export type DueHandlers = ReadonlyMap<string, (entity: Entity<unknown>, now: number) => DueWork | Promise<DueWork>>;

/** What a service keeps in memory and writes down from time to time; `written` is called when it is durable. */
export interface Upkeep {
  readonly changes: readonly Change[];
  readonly written: () => void;
}

export interface Outcome<O> {
  readonly answer: O;
  readonly changes?: readonly Change[];
  /** CloudTrail's responseElements; null when AWS writes null. */
  readonly responseElements?: object | null;
  readonly additionalEventData?: object;
  /** What the service did by itself because of this call (SynchronizeMultiRegionKey). */
  readonly events?: readonly ServiceEvent[];
  /** The call's records in other Regions (ReplicateKey, UpdatePrimaryRegion). */
  readonly elsewhere?: readonly RegionalRecord[];
  /** Another account that the call is told to though none of its resources are recorded (CopySnapshot's source). */
  readonly toldTo?: { readonly account: string; readonly requestParameters: object };
  /** Resources that came to be in `run` (CreateKey). */
  readonly resources?: readonly RecordedResource[];
}

/** Everything peculiar to one operation. The pipeline does the rest, in the order of these members. */
export interface Operation<I = any, O = any, F = any> {
  readonly name: string;
  readonly readOnly: boolean;
  /** About the contents of a resource: CloudTrail's data events, which its event history does not have. */
  readonly dataEvent?: true;
  /** CloudTrail's requestParameters: right names, right omissions. Null when AWS writes null. Must not throw. */
  requestParameters(input: I): object | null;
  /** Finds what it acts on. Throws AWS's own error for what does not exist where AWS says so before authorising. */
  find(input: I, call: Call): F;
  /** The resources it found, for the record. */
  resources?(found: F, call: Call): readonly RecordedResource[];
  /** The questions, each of which needs a yes. Empty: no permission is needed (sts:GetCallerIdentity). */
  asks(input: I, found: F, call: Call): readonly Ask[];
  /** After the yes: key state, usage, limits, then the answer and the changes. Writes nothing. */
  run(input: I, found: F, call: Call, decisions: readonly Decision[]): Outcome<O> | Promise<Outcome<O>>;
}

/** The operations of one service, by wire name. */
export type Operations = ReadonlyMap<string, Operation>;

/**
 * Thrown by `find` when something must come to be before the call goes on (an AWS managed key on its first use): the
 * pipeline commits it, recorded as the service's own act, and takes the call from the start again.
 */
export class FirstUse extends Error {
  readonly changes: readonly Change[];
  readonly event: ServiceEvent;
  constructor(changes: readonly Change[], event: ServiceEvent) {
    super("something is made on its first use");
    this.changes = changes;
    this.event = event;
  }
}
