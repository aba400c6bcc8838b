import type { Usage } from "../../crypto/algorithms.ts";
import type { Chosen } from "../../crypto/key-specs.ts";
import type { Call, Operation, Outcome } from "../../operation.ts";
import type { Decision } from "../../policy/decision.ts";
import { askKey, keyResource, type Values } from "./ask-key.ts";
import { endDryRun } from "./dry-run.ts";
import { findKey, type FoundKey, type KnownKey } from "./find-key.ts";
import { whenDone } from "./slow-work.ts";
import { algorithmOf, usable } from "./use-key.ts";

export interface UseInput {
  KeyId: string;
  GrantTokens?: string[];
  DryRun?: boolean;
}

/** What `use` may use: a key and an algorithm that it has, with the yes. */
export interface InUse<U extends Usage> {
  readonly decision: Decision;
  readonly key: KnownKey;
  readonly chosen: Chosen<U>;
  readonly call: Call;
}

type Answer = Record<string, unknown>;

/** What is peculiar to an operation that uses one key by a named algorithm. */
interface KeyUse<I extends UseInput, U extends Usage> {
  readonly name: string;
  readonly usage: U;
  readonly algorithm: (input: I) => string;
  /** CloudTrail's requestParameters besides keyId and dryRun. */
  readonly parameters: (input: I) => object;
  readonly values: (input: I) => Values;
  /** What the algorithm does not take: refused before a dry run ends. */
  readonly check?: (input: I, chosen: Chosen<U>) => void;
  /** Members of the answer besides KeyId. */
  readonly use: (input: I, inUse: InUse<U>) => Answer | Promise<Answer>;
}

/** Usage, state, algorithm, what it takes, dry run, use. */
export function usingKey<I extends UseInput, U extends Usage>(peculiar: KeyUse<I, U>): Operation<I, unknown, FoundKey> {
  const { name, usage } = peculiar;
  return {
    name,
    readOnly: true,
    requestParameters: (input) => ({
      keyId: input.KeyId,
      ...peculiar.parameters(input),
      ...(input.DryRun !== undefined && { dryRun: input.DryRun }),
    }),
    find: ({ KeyId }, call) => findKey(KeyId, call, { aliases: true }),
    resources: (found) => [keyResource(found)],
    asks: (input, found, call) => [askKey(name, found, call, peculiar.values(input))],
    run: (input, found, call, [decision]): Outcome<unknown> | Promise<Outcome<unknown>> => {
      const key = usable(found, name, usage);
      const chosen = algorithmOf(key, usage, peculiar.algorithm(input));
      peculiar.check?.(input, chosen);
      endDryRun(input.DryRun);
      const used = peculiar.use(input, { decision: decision!, key, chosen, call });
      return whenDone(used, (answer): Outcome<unknown> => ({ answer: { KeyId: key.arn, ...answer } }));
    },
  };
}
