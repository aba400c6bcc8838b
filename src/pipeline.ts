import { randomUUID } from "node:crypto";
import { type Entrance, InnerEntrance, shownError, type Told, WireEntrance } from "./entrance.ts";
import { AwsError } from "./errors.ts";
import type { House } from "./house.ts";
import { type Call, FirstUse, type Forwarding, type Operation, type Outcome } from "./operation.ts";
import type { Caller } from "./identity/caller.ts";
import type { Authenticated } from "./identity/authenticate.ts";
import { forwardedCaller, serviceCaller } from "./identity/forwarding.ts";
import { allowedAll } from "./permission.ts";
import { auditRecords, type Event, serviceRecord } from "./audit/event.ts";
import type { Change } from "./store/entities.ts";
import type { WireReply, WireRequest } from "./wire/protocol.ts";

/** A call decided over and over while others change what it depends on gives up after this many times. */
const attemptsMost = 64;

/**
 * The line a call takes (design, section 2):
 *
 *   wire      service and operation, from the credential scope and the target
 *   identity  who signed it → Caller; a flood is slowed here, before anything is recorded
 *   decode    body → typed input, constraints
 *   find      what it acts on
 *   decide    every question needs a yes
 *   run       the answer and the changes
 *   commit    changes and record together, durable; decided again if what was used has changed meanwhile
 *   wire      the answer → bytes
 */
export function answer(house: House, request: WireRequest, reply: (reply: WireReply) => void): void {
  const entrance = new WireEntrance(house, request);
  const go = () => attempt(house, entrance, 1, reply);
  if (!entrance.waits) return go();
  const shown = (error: unknown) => shownError(house, entrance.api, entrance.requestId, error);
  entrance.admit().then(go, (error: unknown) => reply(entrance.refused(shown(error))));
}

/**
 * The same line for a call from inside, after *identity* (design, section 2). `who` is asked again when the call is
 * decided again. Rejects with AwsError.
 */
export function callAs(
  house: House,
  who: () => Authenticated,
  { service, operation, input }: Pick<Forwarding, "service" | "operation" | "input">,
): Promise<Record<string, unknown>> {
  const api = house.apis.named(service);
  const entrance: Entrance<Told> = new InnerEntrance(api, randomUUID(), operation, input, who);
  return new Promise((resolve, reject) =>
    attempt(house, entrance, 1, (end) => (end instanceof AwsError ? reject(end) : resolve(end))),
  );
}

function attempt<T>(house: House, entrance: Entrance<T>, tries: number, end: (told: T) => void): void {
  const { api, requestId } = entrance;
  const refused = (error: unknown) => end(entrance.refused(shownError(house, api, requestId, error)));
  try {
    const operation = entrance.operation();
    const decidedAt = house.store.changeNumber;
    const { caller, region } = entrance.identify();
    // A service's own work was admitted with the call that asked for it.
    if (caller.facts.invokedBy === undefined) house.flood.admit(caller.facts.principalArn, house.clocks.wall());
    const call = callOf(house, caller, region, entrance, tries === 1);
    const event: Event = {
      operation,
      requestId,
      tlsHost: entrance.tlsHost,
      caller,
      region,
      now: call.now,
      // The same instant as `now`, not a later one.
      wall: call.now - house.clocks.offset,
      api: api.wire,
    };
    const again = () => attempt(house, entrance, tries + 1, end);
    const settled = perform(house, entrance, operation, call, event);
    if (settled instanceof FirstUse) {
      const records = [serviceRecord(settled.event, call.now)];
      const { changes } = settled;
      // Whoever was first made it; everybody else finds it.
      house.store.commit({ changes, records, used: [], decidedAt }, (made) =>
        made instanceof Error ? refused(made) : again(),
      );
      return;
    }
    const commit = (outcome: Settled<T>): void => {
      const use = house.lastUses.note(caller.facts, event.api.name, region, call.now);
      const changes = use ? withUse(outcome.changes, use) : outcome.changes;
      const submission = { changes, records: auditRecords(event), used: call.used, decidedAt };
      house.store.commit(submission, (result) => {
        if (use && result !== "done") house.lastUses.unsaved(use);
        if (result === "done") {
          if (!event.error) house.settled(event);
          end(outcome.told);
        } else if (result instanceof Error) refused(result);
        else if (tries >= attemptsMost) refused(new AwsError("ThrottlingException", "Rate exceeded"));
        else again();
      });
    };
    if (settled instanceof Promise) settled.then(commit).catch(refused);
    else commit(settled);
  } catch (error) {
    refused(error);
  }
}

interface Settled<T> {
  readonly told: T;
  readonly changes: Outcome<unknown>["changes"] & object;
}

/** A call that takes away its own credential leaves no row of its use behind. */
const withUse = (changes: readonly Change[], use: Change): readonly Change[] =>
  changes.some(({ kind, id }) => kind === use.kind && id === use.id) ? changes : [...changes, use];

/** From decode to the encoded answer; every AWS error on the way is an answer too, and is recorded. */
function perform<T>(
  house: House,
  entrance: Entrance<T>,
  operation: string,
  call: Call,
  event: Event,
): Settled<T> | FirstUse | Promise<Settled<T>> {
  const { api } = entrance;
  const failed = (error: unknown): Settled<T> => {
    const shown = shownError(house, api, call.requestId, error);
    event.error = shown;
    return { told: entrance.failed(shown), changes: [] };
  };
  const succeeded = (outcome: Outcome<unknown>): Settled<T> => {
    event.outcome = outcome;
    return { told: entrance.answered(operation, outcome), changes: outcome.changes ?? [] };
  };
  try {
    const record = house.apis.recordOf(api, operation);
    event.readOnly = record.readOnly;
    event.ofData = record.dataEvent === true;
    const input = entrance.input(operation);
    event.requestParameters = () => record.requestParameters(input);
    const found = record.find(input, call);
    if (record.resources) event.resources = record.resources(found, call);
    const decisions = allowedAll(house, record.asks(input, found, call), call, api);
    event.grantId = decisions.find(({ because }) => because.type === "grant")?.because.policy;
    const outcome = (record as Operation<unknown, unknown, unknown>).run(input, found, call, decisions);
    if (outcome instanceof Promise) return outcome.then(succeeded).catch(failed);
    return succeeded(outcome);
  } catch (error) {
    return error instanceof FirstUse ? error : failed(error);
  }
}

function callOf(house: House, caller: Caller, region: string, entrance: Entrance<unknown>, charged: boolean): Call {
  const { quotas, clocks } = house;
  const { account } = caller.facts;
  return {
    caller,
    region,
    requestId: entrance.requestId,
    now: house.clocks.domain(),
    clocks: house.clocks,
    entities: house.entities,
    seal: house.seal,
    trail: house.store.trail,
    outbound: house.outbound,
    forward: (forwarding) => {
      const { by, onBehalfOf } = forwarding;
      const who = onBehalfOf
        ? () => serviceCaller(by, onBehalfOf)
        : () => forwardedCaller(entrance.identify().caller, by, region);
      return callAs(house, () => ({ caller: who(), region }), forwarding);
    },
    clusters: house.clusters,
    attestation: house.attestation,
    lastUses: house.lastUses,
    disks: house.disks,
    meter: house.meter,
    ...(quotas &&
      charged && {
        quotas: {
          profile: quotas.profile,
          charge: (charge) => quotas.charge(account, charge.region ?? region, charge, clocks.wall()),
        },
      }),
    used: [...caller.facts.used],
  };
}
