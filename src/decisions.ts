import type { RememberedDecisions } from "./house.ts";
import type { Call } from "./operation.ts";
import { explain } from "./policy/explain.ts";
import type { Because, Decision, Question } from "./policy/decision.ts";

/** Remembered in memory only, of each kind: a denial's question holds compiled policies as they were. */
const rememberedMost = 1000;

interface Decided {
  readonly requestId: string;
  readonly account: string;
  readonly at: number;
  readonly decision: Decision;
  /** Of a denial. */
  readonly question?: Question;
}

/** As people read it: why a call was allowed or denied. */
export interface Explanation {
  readonly requestId: string;
  readonly at: string;
  readonly action: string;
  readonly resource: string;
  readonly because: Because;
  /** Of a denial: every statement that is about the action. Computed when it is asked for. */
  readonly considered?: readonly object[];
}

/** The latest decisions, so that a person may ask why. Of a yes no more is kept than what gave it. */
export class LatestDecisions implements RememberedDecisions {
  readonly #denied = new Map<string, Decided>();
  readonly #allowed: Decided[] = [];
  #allowances = 0;

  denied({ requestId, caller, now }: Call, question: Question, decision: Decision): void {
    this.#denied.delete(requestId);
    this.#denied.set(requestId, { requestId, account: caller.facts.account, at: now, question, decision });
    if (this.#denied.size > rememberedMost) this.#denied.delete(this.#denied.keys().next().value ?? "");
  }

  allowed({ requestId, caller, now }: Call, decision: Decision): Decision {
    const decided = { requestId, account: caller.facts.account, at: now, decision };
    this.#allowed[this.#allowances++ % rememberedMost] = decided;
    return decision;
  }

  /** Why that request of the account was denied or allowed; without an id, why its latest denial was. */
  explanation(account: string, requestId?: string): Explanation | undefined {
    const decided = requestId === undefined ? this.#latestDenial(account) : this.#of(requestId);
    if (decided?.account !== account) return undefined;
    const { decision, question } = decided;
    return {
      requestId: decided.requestId,
      at: new Date(decided.at).toISOString(),
      action: decision.action,
      resource: decision.resource,
      because: decision.because,
      ...(question && { considered: explain(question) }),
    };
  }

  #of(requestId: string): Decided | undefined {
    return this.#denied.get(requestId) ?? this.#allowed.find((decided) => decided.requestId === requestId);
  }

  #latestDenial(account: string): Decided | undefined {
    return [...this.#denied.values()].findLast((denial) => denial.account === account);
  }
}
