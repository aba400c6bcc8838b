import { AwsError } from "./errors.ts";
import type { CalledApi, House } from "./house.ts";
import { type Authenticated, authenticate } from "./identity/authenticate.ts";
import type { Caller } from "./identity/caller.ts";
import { admitWebIdentity } from "./identity/web-identity.ts";
import type { Outcome } from "./operation.ts";
import type { WireReply, WireRequest } from "./wire/protocol.ts";

/** Where a call comes in, and how its end is told: `T` is what whoever called gets. */
export interface Entrance<T> {
  readonly api: CalledApi;
  readonly requestId: string;
  /** The Host that a client named over TLS. */
  readonly tlsHost: string | undefined;
  /** Its name; throws for one that AWS does not have. */
  operation(): string;
  /** Who calls, read anew each time. */
  identify(): Authenticated;
  /** Typed input; throws AWS's errors for what does not fit. */
  input(operation: string): Record<string, unknown>;
  answered(operation: string, outcome: Outcome<unknown>): T;
  failed(error: AwsError): T;
  /** Ended before there was a Caller, or when its record could not be written. */
  refused(error: AwsError): T;
}

/** From outside: bytes in, bytes out. */
export class WireEntrance implements Entrance<WireReply> {
  readonly #house: House;
  readonly #request: WireRequest;
  #webIdentity: (() => Caller) | undefined;
  readonly api: CalledApi;
  constructor(house: House, request: WireRequest) {
    this.#house = house;
    this.#request = request;
    this.api = house.apis.of(request);
  }
  get requestId(): string {
    return this.#request.requestId;
  }
  get tlsHost(): string | undefined {
    return this.#request.secure ? (this.#request.headers.get("host")?.[0] ?? "") : undefined;
  }
  operation(): string {
    return this.#house.apis.operationOf(this.api, this.#request);
  }
  /** Whether somebody has to be asked before it is known who calls: nobody signs this operation, a token says it. */
  get waits(): boolean {
    return this.api.wire.name === "sts" && namesWebIdentity(this.#request);
  }
  /** Checks the token with its issuer's keys, which may have to be fetched. */
  async admit(): Promise<void> {
    const operation = this.operation();
    if (operation !== "AssumeRoleWithWebIdentity") return;
    this.#webIdentity = await admitWebIdentity(this.input(operation), this.#request, this.#house.world);
  }
  identify(): Authenticated {
    // Nobody signs such a call, so that no scope names a Region.
    if (this.#webIdentity) return { caller: this.#webIdentity(), region: "us-east-1" };
    return authenticate(this.#request, this.api.wire, this.#house.world);
  }
  input(operation: string): Record<string, unknown> {
    return this.api.wire.operations.get(operation)!.decode(this.#request);
  }
  answered(operation: string, { answer }: Outcome<unknown>): WireReply {
    return this.api.wire.operations.get(operation)!.encode((answer ?? {}) as Record<string, unknown>, this.requestId);
  }
  failed(error: AwsError): WireReply {
    return this.api.wire.encodeError(error, this.requestId);
  }
  /** Counted, not recorded. */
  refused(error: AwsError): WireReply {
    this.#house.counters.refused += 1;
    return this.failed(error);
  }
}

/** A quick look, in the body or the target; the decoded form decides. */
const namesWebIdentity = ({ body, target }: WireRequest): boolean =>
  target.includes("AssumeRoleWithWebIdentity") || body.includes("AssumeRoleWithWebIdentity");

export type Told = Record<string, unknown> | AwsError;

/** From one service to another: typed input in, typed output or AwsError out. */
export class InnerEntrance implements Entrance<Told> {
  readonly tlsHost = undefined;
  readonly api: CalledApi;
  readonly requestId: string;
  readonly #operation: string;
  readonly #input: Record<string, unknown>;
  readonly #identify: () => Authenticated;
  constructor(
    api: CalledApi,
    requestId: string,
    operation: string,
    input: Record<string, unknown>,
    identify: () => Authenticated,
  ) {
    this.api = api;
    this.requestId = requestId;
    this.#operation = operation;
    this.#input = input;
    this.#identify = identify;
  }
  operation(): string {
    return this.#operation;
  }
  identify(): Authenticated {
    return this.#identify();
  }
  input(): Record<string, unknown> {
    return this.#input;
  }
  answered(_operation: string, { answer }: Outcome<unknown>): Record<string, unknown> {
    return (answer ?? {}) as Record<string, unknown>;
  }
  failed(error: AwsError): AwsError {
    return error;
  }
  refused(error: AwsError): AwsError {
    return error;
  }
}

/** What leaves of an error: AWS's own as it is; a fault of ours as the service's internal error, its text kept here. */
export function shownError(house: House, api: CalledApi, requestId: string, error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  house.log.fault(requestId, error);
  return new AwsError(
    api.wire.internalError,
    "The request was rejected because an internal exception occurred. The request can be retried.",
    500,
  );
}
