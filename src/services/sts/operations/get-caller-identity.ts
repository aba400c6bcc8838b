import type { Operation } from "../../../operation.ts";

/** Needs no permission, and no policy can take it away (iam.md, section 1.1). */
export const getCallerIdentity: Operation<object, unknown, undefined> = {
  name: "GetCallerIdentity",
  readOnly: true,
  requestParameters: () => null,
  find: () => undefined,
  asks: () => [],
  run: (_input, _found, { caller }) => {
    const { userId, account, arn } = caller.facts;
    return { answer: { UserId: userId, Account: account, Arn: arn } };
  },
};
