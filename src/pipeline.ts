import { AwsError } from "./errors.ts";
import type { CalledApi, House } from "./house.ts";
import { type Ask, type Call, FirstUse, type Operation, type Outcome } from "./operation.ts";
import type { Caller } from "./identity/caller.ts";
import { authenticate } from "./identity/authenticate.ts";
import { questionOf } from "./identity/question.ts";
import { decide } from "./policy/decide.ts";
import { denialMessage } from "./policy/denial.ts";
import type { Decision } from "./policy/decision.ts";
import { auditRecords, type Event, serviceRecord } from "./audit/event.ts";
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
  const api = house.apis.of(request);
  attempt(house, api, request, 1, reply);
}

function attempt(house: House, api: CalledApi, request: WireRequest, tries: number, reply: (reply: WireReply) => void) {
  const refused = (error: unknown) => reply(refusal(house, api, request, error));
  try {
    const operation = house.apis.operationOf(api, request);
    const decidedAt = house.store.changeNumber;
    const { caller, region } = authenticate(request, api.wire, house.world);
    house.flood.admit(caller.facts.principalArn, house.clocks.wall());
    const call = callOf(house, caller, region, request);
    const event: Event = {
      operation,
      request,
      caller,
      region,
      now: call.now,
      wall: house.clocks.wall(),
      api: api.wire,
    };
    const again = () => attempt(house, api, request, tries + 1, reply);
    const settled = perform(house, api, operation, call, event);
    if (settled instanceof FirstUse) {
      const records = [serviceRecord(settled.event, call.now)];
      const { changes } = settled;
      // Whoever was first made it; everybody else finds it.
      house.store.commit({ changes, records, used: [], decidedAt }, (made) =>
        made instanceof Error ? refused(made) : again(),
      );
      return;
    }
    const commit = (outcome: Settled): void => {
      const submission = { changes: outcome.changes, records: auditRecords(event), used: call.used, decidedAt };
      house.store.commit(submission, (result) => {
        if (result === "done") reply(outcome.reply);
        else if (result instanceof Error) refused(result);
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

interface Settled {
  readonly reply: WireReply;
  readonly changes: Outcome<unknown>["changes"] & object;
}

/** From decode to the encoded answer; every AWS error on the way is an answer too, and is recorded. */
function perform(
  house: House,
  api: CalledApi,
  operation: string,
  call: Call,
  event: Event,
): Settled | FirstUse | Promise<Settled> {
  const failed = (error: unknown): Settled => {
    const shown = shownError(house, api, call.requestId, error);
    event.error = shown;
    return { reply: api.wire.encodeError(shown, call.requestId), changes: [] };
  };
  const succeeded = (outcome: Outcome<unknown>): Settled => {
    event.outcome = outcome;
    const answered = api.wire.operations.get(operation)!;
    const output = (outcome.answer ?? {}) as Record<string, unknown>;
    return { reply: answered.encode(output, call.requestId), changes: outcome.changes ?? [] };
  };
  try {
    const record = house.apis.recordOf(api, operation);
    event.readOnly = record.readOnly;
    const input = api.wire.operations.get(operation)!.decode(event.request);
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

/** Every question, in order; the first no is AWS's denial. */
function allowedAll(house: House, asks: readonly Ask[], call: Call, api: CalledApi): Decision[] {
  return asks.map((ask) => {
    let question = questionOf(ask, call, api.wire.name);
    let decision = decide(question);
    if (decision.allowed) return decision;
    const grants = decision.because.effect === "implicit deny" ? (ask.grants?.() ?? []) : [];
    if (grants.length > 0) {
      question = { ...question, grants };
      decision = decide(question);
    }
    if (decision.allowed) return decision;
    house.denials.remember(call, question, decision);
    throw new AwsError("AccessDeniedException", denialMessage(question, decision, ask), 403);
  });
}

function callOf(house: House, caller: Caller, region: string, request: WireRequest): Call {
  return {
    caller,
    region,
    requestId: request.requestId,
    now: house.clocks.domain(),
    clocks: house.clocks,
    entities: house.entities,
    seal: house.seal,
    trail: house.store.trail,
    outbound: house.outbound,
    used: [...caller.facts.used],
  };
}

/** What leaves of an error: AWS's own as it is; a fault of ours as the service's internal error, its text kept here. */
function shownError(house: House, api: CalledApi, requestId: string, error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  house.log.fault(requestId, error);
  const code = api.wire.name === "kms" ? "KMSInternalException" : "InternalFailure";
  return new AwsError(
    code,
    "The request was rejected because an internal exception occurred. The request can be retried.",
    500,
  );
}

/** Before there is a Caller, or when the trail cannot be written: answered, counted, not recorded. */
function refusal(house: House, api: CalledApi, request: WireRequest, error: unknown): WireReply {
  house.counters.refused += 1;
  return api.wire.encodeError(shownError(house, api, request.requestId, error), request.requestId);
}
