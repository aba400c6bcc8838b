import type { Disks } from "../disks/disks.ts";
import { sealContinuation } from "../identity/continuation.ts";
import type { Forwarder } from "../identity/forwarding.ts";
import type { Call, ServiceEvent } from "../operation.ts";
import type { Decision } from "../policy/decision.ts";
import type { Seal } from "../seal/seal.ts";
import type { Change, Entities, Entity } from "../store/entities.ts";
import type { KmsVoice } from "./kms-voice.ts";

/**
 * kind "volume-work", id = `what/target's kind/target's row id`, scope = "": what goes on after its call was answered,
 * and is taken up again after a restart, from its beginning. The row's secret is the caller, sealed for this work
 * (identity/continuation.ts). A row with a date waits for it.
 */
export interface Work<I = unknown> {
  /** `copy-snapshot`: which handler does it. */
  what: string;
  /** Kind and id of the row that is being worked on. */
  target: { kind: string; id: string };
  account: string;
  region: string;
  input: I;
}

/** What is to be written: made anew from what is stored then, for as long as others change it in between. */
export type Ending = () => Written;

export interface Written {
  readonly changes: readonly Change[];
  readonly events?: readonly ServiceEvent[];
  /** Rows and lists that it depends on beside those that it changes (store `reference`). */
  readonly used?: readonly string[];
}

/** What a handler works with. Every voice decides and records each call it makes, with policies as they are then. */
export interface Hands {
  readonly entities: Entities;
  readonly seal: Seal;
  readonly disks: Disks;
  /** Opens data keys that are wrapped under the root key. */
  readonly decision: Decision;
  /** Domain time, milliseconds. */
  now(): number;
  /** The caller whose work this is, on the way of a service. */
  asCaller(by: Forwarder, region: string): KmsVoice;
  /** The service itself; what a grant or a key policy says of it is all it may do. */
  asService(by: Forwarder, region: string, onBehalfOf?: { arn: string; account: string }): KmsVoice;
  /** `assumed-role/aws:ec2-infrastructure/i-…` of an account. */
  asInfrastructure(account: string, instanceId: string, region: string): KmsVoice;
  /** Comes back when no guest of the instance (row id) writes its volumes any more. */
  endGuest(instance: string): Promise<void>;
  /** A step on the way that is to be seen (Progress). Rejects when it cannot be written. */
  step(changes: Ending): Promise<void>;
}

/**
 * One kind of work. The process may end anywhere in `run`, and `run` then starts again: what it does outside the store
 * must come to the same when it is done twice (a layer with an id from the input, a grant with a name from the work).
 */
export interface WorkHandler<I = any> {
  run(work: Work<I>, hands: Hands): Promise<Ending>;
  /** After `run` has thrown: how the target reads then, and what is to be taken back. May run after a restart too. */
  fail(work: Work<I>, hands: Hands, error: unknown): Promise<Ending>;
}

export type WorkHandlers = ReadonlyMap<string, WorkHandler>;

/** The row that starts work when the call's other changes are committed; with `due` (domain clock), not before then. */
export function workFor<I>(call: Call, what: string, target: Work["target"], input: I, due?: number): Change {
  const content: Work<I> = { what, target, account: call.caller.facts.account, region: call.region, input };
  const id = workId(content);
  const place = { kind: "volume-work", id };
  const secret = call.seal.wrap(place, sealContinuation(call.caller, id, call.seal, call.clocks.wall()));
  return call.entities.create("volume-work", id, content, { scope: "", secret, due: due ?? null });
}

/** Work that follows from other work, or from a start: nobody's but the service's own. */
export function ownWork<I>(entities: Entities, work: Work<I>, due?: number): Change {
  return entities.create("volume-work", workId(work), work, { scope: "", due: due ?? null });
}

/** The same work again, not before the date: an ending with this change leaves it in place. */
export const putOff = (work: Work, { entities }: Pick<Hands, "entities">, due: number): Change =>
  entities.put(entities.get<Work>("volume-work", workId(work))!, work, { due });

export const workId = ({ what, target }: Pick<Work, "what" | "target">): string =>
  `${what}/${target.kind}/${target.id}`;

/** Reads the target as it stands; undefined when it is gone. */
export const targetOf = <T>({ target }: Work, { entities }: Pick<Hands, "entities">): Entity<T> | undefined =>
  entities.get<T>(target.kind, target.id);
