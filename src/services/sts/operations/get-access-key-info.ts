import { refuse } from "../../../errors.ts";
import { accountOfAccessKeyId } from "../../../identity/access-keys.ts";
import type { Operation } from "../../../operation.ts";
import { refuseTokenSession } from "../long-term.ts";

/** The account stands in the id itself: nothing is looked up. */
export const getAccessKeyInfo: Operation<{ AccessKeyId: string }, unknown, undefined> = {
  name: "GetAccessKeyInfo",
  readOnly: true,
  requestParameters: ({ AccessKeyId }) => ({ accessKeyId: AccessKeyId }),
  find: (_input, { caller }) => {
    refuseTokenSession("GetAccessKeyInfo", caller.facts);
    return undefined;
  },
  asks: (_input, _found, call) => [
    {
      action: "sts:GetAccessKeyInfo",
      resource: "*",
      resourceAccount: call.caller.facts.account,
      trust: "identity",
      context: new Map(),
    },
  ],
  run: ({ AccessKeyId }) => ({
    answer: {
      Account:
        accountOfAccessKeyId(AccessKeyId) ?? refuse("ValidationError", `Invalid Access Key: ${AccessKeyId}`, 400),
    },
  }),
};
