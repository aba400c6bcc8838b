import { checkpointPublicKey } from "../audit/chain.ts";
import { startThread } from "./writer-thread.ts";

/** What the check of the state found so far. */
export interface StateWatch {
  /** Undefined while nothing is wrong; else a sentence for /readyz. */
  readonly problem: string | undefined;
  stop(): Promise<unknown>;
}

export const nothingToWatch: StateWatch = { problem: undefined, stop: () => Promise.resolve() };

/** Starts state-check.ts in a thread that nothing waits for; what it finds is also said once on standard error. */
export function watchState(path: string, seed: Uint8Array): StateWatch {
  const check = startThread("state-check", { path, publicKey: checkpointPublicKey(seed) });
  let problem: string | undefined;
  const found = (what: string | undefined): void => {
    problem = what;
    if (what !== undefined) process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), fault: what })}\n`);
  };
  check.once("message", (message: { problem: string | undefined }) => found(message.problem));
  check.once("error", (error: unknown) =>
    found(`the store's state cannot be checked: ${error instanceof Error ? error.message : String(error)}`),
  );
  check.unref();
  return {
    get problem() {
      return problem;
    },
    stop: () => check.terminate(),
  };
}
