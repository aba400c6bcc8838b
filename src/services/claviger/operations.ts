import type { DocumentWish } from "../../attestation/development.ts";
import { refuse } from "../../errors.ts";
import type { Ask, Call, Operation, Operations } from "../../operation.ts";
import { makeAttestation } from "./attestation.ts";
import { type CostAsked, readCostAsked } from "./cost.ts";
import { type Pruning, pruneAudit } from "./pruning.ts";
import { reference } from "../../store/store.ts";

/** What the installation tells about itself; given by server.ts. */
export interface Installation {
  readonly development: boolean;
  readonly version: string;
  readonly startedAt: number;
  /** Records after number `after`, oldest first, as JSON lines. */
  readTrail(after: number, limit: number): Promise<{ lines: string[]; next: number }>;
  /** Reads all of the trail and says what does not hold. */
  verifyTrail(): Promise<object>;
  /** Lets the oldest records go. Rejects when they may not. */
  pruneTrail(asked: Pruning): Promise<object>;
  /** Counts for `claviger status`. */
  counts(): Record<string, number>;
  /** How far each sink has come. */
  sinks(): readonly object[];
  /** Where the newest checkpoint is kept elsewhere, and whether that works. */
  anchor(): object | undefined;
  /** Rows whose date has come and that no job has handled yet. */
  due(): number;
  /** Who can do something with the key, or the keys of the Region that the principal can; page by page. */
  access(asked: { key: string } | { principal: string }, start: number, call: Call): object;
  /** What would be decided of a principal, an action, a key and a context, without doing it. */
  rehearsal(asked: { principal: string; action: string; key: string; context: object }, call: Call): object;
  /** What all accounts would have cost on AWS. */
  cost(asked: CostAsked, call: Call): Promise<object>;
  /** Makes an attestation document that is trusted here; undefined outside development mode. */
  readonly attestation: ((wish: DocumentWish) => Buffer) | undefined;
  /** Volumes that are attached, and how they are reached. */
  volumes(): readonly object[];
  /** Why a call that concerns the account was decided so: by request id, or the caller's latest denial. */
  explanation(account: string, asked: { requestId?: string | undefined; caller?: string }): object | undefined;
}

/** kind "installation", id "operator": the account whose principals may operate the installation. */
export interface Operator {
  account: string;
}

/** kind "installation", id "clock": what is added to the wall clock, in milliseconds. */
export interface ClockOffset {
  offset: number;
}

/** An advance of at most 100 years at once keeps every date a date. */
const advanceMostSeconds = 100 * 366 * 86_400;

/** The account that `init` made; in development mode, before any, the well-known one. */
function operatorAccount(call: Call, { development }: Installation): string {
  call.used.push(reference.row("installation", "operator"));
  const operator = call.entities.get<Operator>("installation", "operator");
  return operator?.content.account ?? (development ? "000000000000" : "");
}

const ask = (name: string, call: Call): Ask => ({
  action: `claviger:${name}`,
  resource: "*",
  resourceAccount: call.caller.facts.account,
  trust: "identity",
  context: new Map(),
});

/** Only principals of the operator's account pass: anybody else's own administrator is not this installation's. */
function ofOperator(installation: Installation, name: string, readOnly: boolean, run: Operation["run"]): Operation {
  return {
    name,
    readOnly,
    requestParameters: (input) => (Object.keys(input).length > 0 ? input : null),
    find: () => undefined,
    asks: (_input, _found, call) => {
      if (call.caller.facts.account !== operatorAccount(call, installation))
        refuse(
          "AccessDeniedException",
          `User: ${call.caller.facts.arn} is not of the account that operates this installation.`,
          403,
        );
      return [ask(name, call)];
    },
    run,
  };
}

export function clavigerOperations(installation: Installation): Operations {
  const operations = [
    ofOperator(installation, "GetStatus", true, (_input, _found, call) => ({
      answer: {
        version: installation.version,
        mode: installation.development ? "development" : "production",
        startedAt: new Date(installation.startedAt).toISOString(),
        account: call.caller.facts.account,
        ...installation.counts(),
        sinks: installation.sinks(),
        anchor: installation.anchor(),
      },
    })),
    ofOperator(installation, "GetClock", true, (_input, _found, call) => ({ answer: clock(call, installation) })),
    ofOperator(installation, "AdvanceClock", false, (input, _found, call) => advance(input, call, installation)),
    ofOperator(installation, "MakeAttestationDocument", true, (input, _found, call) =>
      makeAttestation(input, installation.attestation, call),
    ),
    ofOperator(installation, "VerifyAudit", true, async () => ({ answer: await installation.verifyTrail() })),
    ofOperator(installation, "PruneAudit", false, (input, _found, call) =>
      pruneAudit(input, call, (asked) => installation.pruneTrail(asked)),
    ),
    ofOperator(installation, "ReadAudit", true, async (input) => {
      const after = Number(input.after ?? 0);
      const limit = Number(input.limit ?? 100);
      if (!Number.isInteger(after) || !Number.isInteger(limit) || after < 0 || limit < 1 || limit > 1000)
        refuse("ValidationException", "after is a record's number, and limit is from 1 to 1000.");
      return { answer: await installation.readTrail(after, limit) };
    }),
    ofOperator(installation, "ReadCost", true, async (input, _found, call) => ({
      answer: await installation.cost(readCostAsked(input, call), call),
    })),
    ofOperator(installation, "ListAttachedVolumes", true, () => ({ answer: { volumes: installation.volumes() } })),
    readAccess(installation),
    rehearseDecision(installation),
    explainDecision(installation),
  ];
  return new Map(operations.map((operation) => [operation.name, operation]));
}

const clock = (call: Call, installation: Installation) => ({
  wall: new Date(call.clocks.wall()).toISOString(),
  domain: new Date(call.now).toISOString(),
  due: installation.due(),
});

function advance(input: Record<string, unknown>, call: Call, installation: Installation) {
  if (!installation.development)
    refuse("UnsupportedOperationException", "The clock can be moved in development mode only.");
  const seconds = input.advanceSeconds;
  if (typeof seconds !== "number" || !Number.isInteger(seconds) || seconds < 0 || seconds > advanceMostSeconds)
    refuse("ValidationException", `advanceSeconds is a whole number from 0 to ${advanceMostSeconds}.`);
  const stored = call.entities.get<ClockOffset>("installation", "clock");
  const offset = (stored?.content.offset ?? 0) + seconds * 1000;
  if (call.clocks.wall() + offset > 8.64e15 / 2) refuse("ValidationException", "The clock cannot be moved that far.");
  const change = stored
    ? call.entities.put(stored, { offset })
    : call.entities.create("installation", "clock", { offset }, { scope: "" });
  return { answer: { domain: new Date(call.clocks.wall() + offset).toISOString() }, changes: [change] };
}

const readAccess = (installation: Installation): Operation =>
  ofOperator(installation, "ReadAccess", true, ({ key, principal, start: given = 0 }, _found, call) => {
    const start = Number(given);
    if (!Number.isSafeInteger(start) || start < 0) refuse("ValidationException", "start is a whole number.");
    if (typeof key === "string") return { answer: installation.access({ key }, start, call) };
    if (typeof principal === "string") return { answer: installation.access({ principal }, start, call) };
    return refuse("ValidationException", "Name a key or a principal.");
  });

const rehearseDecision = (installation: Installation): Operation =>
  ofOperator(installation, "RehearseDecision", true, ({ principal, action, key, context = {} }, _found, call) => {
    const named = [principal, action, key].every((one) => typeof one === "string");
    if (!named || typeof context !== "object" || context === null)
      refuse("ValidationException", "Name a principal, an action, a key and a context.");
    return { answer: installation.rehearsal({ principal, action, key, context }, call) };
  });

/** Whoever is allowed claviger:ExplainDecision (root is) may read why calls that concern its account were decided so. */
function explainDecision(installation: Installation): Operation {
  return {
    name: "ExplainDecision",
    readOnly: true,
    requestParameters: (input) => (input.requestId ? { requestId: input.requestId } : null),
    find: () => undefined,
    asks: (_input, _found, call) => [ask("ExplainDecision", call)],
    run: (input, _found, call) => {
      const requestId = typeof input.requestId === "string" ? input.requestId : undefined;
      const { account, arn } = call.caller.facts;
      const explanation = installation.explanation(account, { requestId, caller: arn });
      return { answer: explanation ?? refuse("NotFoundException", "No such decision is remembered.", 404) };
    },
  };
}
