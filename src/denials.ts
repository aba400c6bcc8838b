import type { Denials } from "./house.ts";
import type { Call } from "./operation.ts";
import { explain } from "./policy/explain.ts";
import type { Decision, Question } from "./policy/decision.ts";

/** Remembered in memory only: a denial's question holds compiled policies as they were. */
const rememberedMost = 1000;

interface Denial {
  readonly requestId: string;
  readonly account: string;
  readonly at: number;
  readonly question: Question;
  readonly decision: Decision;
}

/** The latest denials, so that a person may ask why. The explanation is computed when it is asked for. */
export class RememberedDenials implements Denials {
  readonly #byRequest = new Map<string, Denial>();

  remember(call: Call, question: Question, decision: Decision): void {
    const account = call.caller.facts.account;
    this.#byRequest.delete(call.requestId);
    this.#byRequest.set(call.requestId, { requestId: call.requestId, account, at: call.now, question, decision });
    if (this.#byRequest.size > rememberedMost) this.#byRequest.delete(this.#byRequest.keys().next().value ?? "");
  }

  /** The denial of that request, or the account's latest. */
  explanation(account: string, requestId?: string): object | undefined {
    const denial = requestId === undefined ? this.#latest(account) : this.#byRequest.get(requestId);
    if (denial?.account !== account) return undefined;
    return {
      requestId: denial.requestId,
      at: new Date(denial.at).toISOString(),
      action: denial.question.action,
      resource: denial.question.resource,
      because: denial.decision.because,
      considered: explain(denial.question),
    };
  }

  #latest(account: string): Denial | undefined {
    return [...this.#byRequest.values()].findLast((denial) => denial.account === account);
  }
}
