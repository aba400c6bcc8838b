import { refuse } from "../../../errors.ts";
import { openAuthorizationMessage } from "../../../identity/authorization-message.ts";
import type { Operation } from "../../../operation.ts";
import { refuseTokenSession } from "../long-term.ts";

interface Input {
  readonly EncodedMessage: string;
}

/** What a denial with an encoded message was; told to the account whose principal was denied, by this installation alone. */
export const decodeAuthorizationMessage: Operation<Input, unknown, undefined> = {
  name: "DecodeAuthorizationMessage",
  readOnly: true,
  requestParameters: ({ EncodedMessage }) => ({ encodedMessage: EncodedMessage }),
  find: (_input, { caller }) => {
    refuseTokenSession("DecodeAuthorizationMessage", caller.facts);
    return undefined;
  },
  asks: (_input, _found, { caller }) => [
    {
      action: "sts:DecodeAuthorizationMessage",
      resource: "*",
      resourceAccount: caller.facts.account,
      trust: "identity",
      context: new Map(),
    },
  ],
  run: ({ EncodedMessage }, _found, { seal, caller }) => ({
    answer: {
      DecodedMessage:
        openAuthorizationMessage(seal, caller.facts.account, EncodedMessage) ??
        refuse("InvalidAuthorizationMessageException", "Message is not valid"),
    },
  }),
};
