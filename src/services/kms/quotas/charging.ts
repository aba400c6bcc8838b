import { AwsError } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { FoundKey } from "../find-key.ts";
import { type ChargedInput, chargesOf } from "./request-rates.ts";

/** What operations find: a key, or ReEncrypt's two. */
type Found = (Partial<FoundKey> & { readonly source?: FoundKey; readonly destination?: FoundKey }) | undefined;

/**
 * Where a profile of request quotas is on, every call counts against the caller's account and Region as soon as it is
 * known which key it means, whatever comes of it; dry runs too.
 */
export function charging(operation: Operation): Operation {
  const charge = (input: ChargedInput, found: Found, call: Call): void => {
    if (!call.quotas) return;
    const keys = [found, found?.source, found?.destination].flatMap((one) => one?.entity?.content ?? []);
    for (const one of chargesOf(operation.name, input, keys, call.quotas.profile)) call.quotas.charge(one);
  };
  return {
    ...operation,
    find: (input: ChargedInput, call) => {
      let found: Found;
      try {
        found = operation.find(input, call) as Found;
      } catch (error) {
        if (error instanceof AwsError) charge(input, undefined, call);
        throw error;
      }
      charge(input, found, call);
      return found;
    },
  };
}
