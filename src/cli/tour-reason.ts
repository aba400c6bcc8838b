import { type AwsEndpoint } from "./aws-client.ts";
import { askInstallation } from "./installation.ts";
import { OperatorError } from "../errors.ts";

/** Why a call was decided as it was. */
export interface Reason {
  readonly because: Because;
  readonly considered?: readonly Considered[];
}

interface Because {
  readonly effect: string;
  readonly type: string;
  readonly policy?: string;
  readonly statement?: string;
}

interface Considered {
  readonly policy: string;
  readonly statement: string;
  readonly effect: string;
  readonly applies: boolean;
  readonly principal: boolean;
  readonly resource: boolean;
}

/** Asked by the root of the caller's account: an account's decisions are its own. Undefined when none is remembered. */
export async function readReason(root: AwsEndpoint, requestId: string): Promise<Reason | undefined> {
  try {
    return await askInstallation<Reason>(root, "GET", `decision?requestId=${encodeURIComponent(requestId)}`);
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}

/** As people read it: what decided, and which statements came near. `refused`: it was allowed, and failed all the same. */
export function reasonLines({ because, considered = [] }: Reason, refused: boolean): string[] {
  const { effect, type, policy, statement } = because;
  const where = policy === undefined ? "" : ` of ${policy}`;
  if (effect === "allow") return [`${refused ? "although" : "because"} ${permission(because)}`];
  if (effect === "explicit deny") return [`because statement "${statement}"${where} forbids it (${type})`];
  const near = considered.filter(({ applies, effect: meant }) => !applies && meant === "Allow");
  return [
    `because no ${type} allows it`,
    ...near.map((one) => `statement "${one.statement}" of ${one.policy} speaks of the action, but ${missing(one)}`),
  ];
}

function permission({ type, policy, statement }: Because): string {
  if (type === "grant") return `grant ${policy} permits it`;
  if (statement !== undefined) return `statement "${statement}" of ${policy} permits it (${type})`;
  return "the root user may do everything in its account";
}

function missing({ principal, resource }: Considered): string {
  if (!principal) return "does not name the caller";
  return resource ? "its conditions do not hold" : "not of this resource";
}
