import type { Event } from "./audit/event.ts";
import type { FloodGate, RequestQuotas } from "./audit/flood.ts";
import type { OffsetClocks } from "./clocks.ts";
import { refuse } from "./errors.ts";
import type { LastUses } from "./identity/last-uses.ts";
import type { World } from "./identity/principals.ts";
import type { Meter } from "./meter/meter.ts";
import type { Disks } from "./disks/disks.ts";
import type { Outbound } from "./outbound/gate.ts";
import type { Call, Operation, Operations } from "./operation.ts";
import type { Attestation } from "./attestation/attestation.ts";
import type { Clusters } from "./pkcs11/clusters.ts";
import type { Decision, Question } from "./policy/decision.ts";
import type { Seal } from "./seal/seal.ts";
import type { Retention } from "./jobs/retention.ts";
import type { Anchor } from "./sinks/anchor.ts";
import type { Sinks } from "./sinks/sinks.ts";
import type { Entities } from "./store/entities.ts";
import type { Store } from "./store/store.ts";
import type { WireRequest, WireService } from "./wire/protocol.ts";

/** One service: how it looks on the wire and what it does. */
export interface CalledApi {
  readonly wire: WireService;
  /** Paths of its own below another service's name: `/authorization-details/` of `iam`. */
  readonly below?: string;
  readonly operations: Operations;
}

/** Everything that lives as long as the server. */
export interface House {
  readonly apis: Apis;
  readonly store: Store;
  readonly entities: Entities;
  readonly seal: Seal;
  readonly clocks: OffsetClocks;
  readonly flood: FloodGate;
  /** Absent unless the operator asks for a real Region's. */
  readonly quotas?: RequestQuotas;
  readonly outbound: Outbound;
  readonly clusters: Clusters;
  readonly attestation: Attestation;
  readonly disks: Disks;
  readonly meter: Meter;
  /** What identity/ needs to know who signed a request. */
  readonly world: World;
  readonly lastUses: LastUses;
  /** How long records are kept. */
  readonly retention: Retention;
  readonly anchor?: Anchor;
  /** What takes copies of the trail elsewhere. */
  readonly sinks: Sinks;
  readonly decisions: RememberedDecisions;
  readonly counters: { refused: number };
  /** A call has succeeded and its record is durable. */
  settled(event: Event): void;
  readonly log: { fault(requestId: string, error: unknown): void };
}

/** Kept for people who ask why. */
export interface RememberedDecisions {
  denied(call: Call, question: Question, decision: Decision): void;
  /** Answers the decision. */
  allowed(call: Call, decision: Decision): Decision;
}

/** The services behind the one listener, found from the credential scope (design, section 5, "HTTP"). */
export class Apis {
  readonly #byName: ReadonlyMap<string, CalledApi>;
  readonly #below: readonly CalledApi[];
  constructor(apis: readonly CalledApi[]) {
    this.#byName = new Map(apis.flatMap((api) => (api.below === undefined ? [[api.wire.name, api]] : [])));
    this.#below = apis.filter(({ below }) => below !== undefined);
  }

  /** The service that the request is signed for; unsigned ones are answered in the language they speak. */
  of(request: WireRequest): CalledApi {
    const name = scopedService(request);
    const below = this.#below.find((api) => api.wire.name === name && request.target.startsWith(api.below ?? ""));
    const scoped = below ?? this.#byName.get(name);
    if (scoped) return scoped;
    const speaksJson =
      request.headers.has("x-amz-target") || request.headers.get("content-type")?.[0]?.includes("json");
    return this.#byName.get(speaksJson ? "kms" : "sts")!;
  }

  /** For calls from inside. */
  named(service: string): CalledApi {
    const api = this.#byName.get(service);
    if (!api) throw new Error(`there is no service "${service}" here`);
    return api;
  }

  /** Throws the service's own error for an operation that AWS does not have. */
  operationOf(api: CalledApi, request: WireRequest): string {
    return api.wire.operationOf(request);
  }

  recordOf(api: CalledApi, operation: string): Operation {
    const record = api.operations.get(operation);
    return record ?? refuse("UnsupportedOperationException", `${operation} is not available in this installation.`);
  }
}

/** `…Credential=AKIA…/20260101/eu-west-1/kms/aws4_request…` in the header or the query → "kms". */
function scopedService(request: WireRequest): string {
  const text =
    request.headers.get("authorization")?.[0] ?? request.target.replaceAll("%2F", "/").replaceAll("%2f", "/");
  const end = text.indexOf("/aws4_request");
  if (end < 0 || end > 8192) return "";
  return text.slice(text.lastIndexOf("/", end - 1) + 1, end);
}
