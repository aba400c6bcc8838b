import type { Call, Operation, Outcome } from "../../operation.ts";
import { askAll } from "./ask-ec2.ts";

interface AccountSetting<I> {
  readonly name: string;
  readonly readOnly: boolean;
  readonly recorded?: (input: I) => object;
  readonly run: (input: I, call: Call) => Outcome<object> | Promise<Outcome<object>>;
}

/** An operation on what an account chose for a Region: it acts on nothing that has a name. */
export const accountSetting = <I>({ name, readOnly, recorded, run }: AccountSetting<I>): Operation<I> => ({
  name,
  readOnly,
  requestParameters: (input) => ({ [`${name}Request`]: recorded?.(input) ?? "" }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll(name, call)],
  run: (input, _found, call) => run(input, call),
});

/** CloudTrail writes these answers below a name of their own. */
export const told = (
  name: string,
  answer: object,
  shown: object,
): Pick<Outcome<object>, "answer" | "responseElements"> => ({
  answer,
  responseElements: { [`${name}Response`]: shown },
});
