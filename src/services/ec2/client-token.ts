import { hash } from "node:crypto";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Change } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { invalidValue } from "./refuse-ec2.ts";

/** kind "client-token", id = `ec2/operation/account/region/token`: which request a token stood for, and what it made. */
interface RememberedRequest {
  hash: string;
  made: string[];
}

interface WithToken {
  ClientToken?: string;
  DryRun?: boolean;
}

/** A token is good for this long, by the domain clock. */
const lifeMs = 48 * 3_600_000;
const tokenMost = 64;

const rowId = (operation: string, token: string, { caller, region }: Call): string =>
  `ec2/${operation}/${caller.facts.account}/${region}/${token}`;

const hashOf = ({ DryRun: _dry, ...input }: WithToken): string => hash("sha256", JSON.stringify(input));

/**
 * The ids that the same request with this token made; undefined when it is the first. Throws
 * IdempotentParameterMismatch when the token stood for another request.
 */
export function madeBefore(operation: string, input: WithToken, call: Call): readonly string[] | undefined {
  const { ClientToken } = input;
  if (ClientToken === undefined || ClientToken === "") return undefined;
  if (ClientToken.length > tokenMost)
    invalidValue(`The client token exceeds the maximum length of ${tokenMost} characters`);
  const id = rowId(operation, ClientToken, call);
  call.used.push(reference.row("client-token", id));
  const remembered = call.entities.get<RememberedRequest>("client-token", id);
  if (!remembered || (remembered.row.due ?? 0) <= call.now) return undefined;
  if (remembered.content.hash !== hashOf(input))
    refuse(
      "IdempotentParameterMismatch",
      "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
    );
  return remembered.content.made;
}

/** What a call with a token leaves, so that the same call again makes nothing new. */
export function rememberMade(operation: string, input: WithToken, made: readonly string[], call: Call): Change[] {
  const { ClientToken } = input;
  if (ClientToken === undefined || ClientToken === "") return [];
  const id = rowId(operation, ClientToken, call);
  const content: RememberedRequest = { hash: hashOf(input), made: [...made] };
  const due = call.now + lifeMs;
  const stale = call.entities.get<RememberedRequest>("client-token", id);
  if (stale) return [call.entities.put(stale, content, { due })];
  return [call.entities.create("client-token", id, content, { scope: "", due })];
}
