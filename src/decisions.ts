import type { RememberedDecisions } from "./house.ts";
import type { Call } from "./operation.ts";
import type { Because, Context, Decision, Question } from "./policy/decision.ts";
import { type Explanation, explanationFor } from "./policy/explanation.ts";

/** Remembered in memory only, of each kind: a denial's question holds compiled policies as they were. */
const rememberedMost = 1000;

/** Values of a denial's context that are kept for the people who read it. */
const valuesMost = 200;

interface Remembered {
  readonly requestId: string;
  readonly at: number;
}

export interface Denial extends Remembered {
  readonly question: Question;
}

interface Allowance extends Remembered {
  readonly account: string;
  readonly decision: Decision;
}

/** As people read it: why a call was allowed or denied. Of a yes no more is kept than what gave it. */
export interface ExplainedDecision extends Partial<Explanation> {
  readonly requestId: string;
  readonly at: string;
  readonly action: string;
  readonly resource: string;
  readonly because: Because;
}

/** The latest decisions, so that a person may ask why. Of a denial the explanation is computed when it is asked for. */
export class LatestDecisions implements RememberedDecisions {
  readonly #denied = new Map<string, Denial>();
  readonly #allowed: Allowance[] = [];
  #allowances = 0;

  denied({ requestId, now }: Call, question: Question, _decision: Decision): void {
    this.#denied.delete(requestId);
    // As it was: what the context is read from may change.
    this.#denied.set(requestId, { requestId, at: now, question: { ...question, ...contextsOf(question) } });
    if (this.#denied.size > rememberedMost) this.#denied.delete(this.#denied.keys().next().value ?? "");
  }

  allowed({ requestId, caller, now }: Call, decision: Decision): Decision {
    const decided = { requestId, account: caller.facts.account, at: now, decision };
    this.#allowed[this.#allowances++ % rememberedMost] = decided;
    return decision;
  }

  /** What `account` may know of that request's decision; without an id, of the latest denial of `caller` (an ARN). */
  explanation(
    account: string,
    asked: { requestId?: string | undefined; caller?: string },
  ): ExplainedDecision | undefined {
    const { requestId } = asked;
    const denial = requestId === undefined ? this.#latest(account, asked.caller) : this.denial(account, requestId);
    if (denial) return { ...told(denial), ...explanationFor(account, denial.question) };
    const allowed = this.#allowed.find((one) => one.requestId === requestId && one.account === account);
    if (!allowed) return undefined;
    const { action, resource, because } = allowed.decision;
    return { ...told(allowed), action, resource, because, allowed: true };
  }

  /** The denial of that request (its dashes may be left out), for an account that has part in it. */
  denial(account: string, given: string): Denial | undefined {
    const denial = this.#denied.get(/^[0-9a-f]{32}$/.test(given) ? dashed(given) : given);
    return denial && concerns(denial, account) ? denial : undefined;
  }

  /** The caller's own latest, or the latest that concerns its account. */
  #latest(account: string, caller: string | undefined): Denial | undefined {
    const all = [...this.#denied.values()].filter((denial) => concerns(denial, account));
    return all.findLast(({ question }) => question.caller.arn === caller) ?? all.at(-1);
  }
}

const dashed = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

const told = ({ requestId, at }: Remembered) => ({ requestId, at: new Date(at).toISOString() });

const concerns = ({ question: { caller, resourceAccount } }: Denial, account: string): boolean =>
  caller.account === account || resourceAccount === account;

function contextsOf({ context, identityOnlyContext }: Question): Pick<Question, "context" | "identityOnlyContext"> {
  const copied = (from: Context) => {
    const names = [...from.keys()].slice(0, valuesMost).filter((name) => from.get(name) !== undefined);
    return new Map(names.map((name) => [name, from.get(name)!]));
  };
  return { context: copied(context), ...(identityOnlyContext && { identityOnlyContext: copied(identityOnlyContext) }) };
}
