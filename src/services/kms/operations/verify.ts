import { perform } from "../../../crypto/pool.ts";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { usingKey } from "../key-use.ts";
import { checkMessage, messageTypeOf, type SigningInput, signingParameters, signingValues } from "../signing.ts";
import { throttled } from "../slow-work.ts";
import { publicKeyOf } from "../use-key.ts";

/** True is the only answer: a signature that does not hold is KMSInvalidSignatureException. */
export const verify: Operation = usingKey<SigningInput & { Signature: Buffer }, "SIGN_VERIFY">({
  name: "Verify",
  usage: "SIGN_VERIFY",
  algorithm: ({ SigningAlgorithm }) => SigningAlgorithm,
  parameters: signingParameters,
  values: signingValues,
  check: checkMessage,
  use: async (input, { key, chosen, call }) => {
    const publicKey = publicKeyOf(key.entity.content);
    const work = perform(
      call.caller.facts.account,
      chosen,
      "verify",
      publicKey,
      input.Message,
      messageTypeOf(input),
      input.Signature,
    );
    if (!(await throttled(work))) refuse("KMSInvalidSignatureException", "");
    return { SignatureValid: true, SigningAlgorithm: chosen.name };
  },
});
