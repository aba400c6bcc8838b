import { perform } from "../../../crypto/pool.ts";
import type { Operation } from "../../../operation.ts";
import { usingKey } from "../key-use.ts";
import { withSecret } from "../materials.ts";
import { checkMessage, messageTypeOf, type SigningInput, signingParameters, signingValues } from "../signing.ts";
import { throttled } from "../slow-work.ts";

export const sign: Operation = usingKey<SigningInput, "SIGN_VERIFY">({
  name: "Sign",
  usage: "SIGN_VERIFY",
  algorithm: ({ SigningAlgorithm }) => SigningAlgorithm,
  parameters: signingParameters,
  values: signingValues,
  check: checkMessage,
  use: async (input, { decision, key, chosen, call }) => {
    const signature = await withSecret(decision, key.entity.content, call, (secret) =>
      throttled(perform(call.caller.facts.account, chosen, "sign", secret, input.Message, messageTypeOf(input))),
    );
    return { Signature: signature, SigningAlgorithm: chosen.name };
  },
});
