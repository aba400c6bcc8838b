import { perform } from "../../../crypto/pool.ts";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { type UseInput, usingKey } from "../key-use.ts";
import { withSecret } from "../materials.ts";
import { throttled } from "../slow-work.ts";

interface Input extends UseInput {
  KeyAgreementAlgorithm: string;
  PublicKey: Buffer;
}

export const deriveSharedSecret: Operation = usingKey<Input, "KEY_AGREEMENT">({
  name: "DeriveSharedSecret",
  usage: "KEY_AGREEMENT",
  algorithm: ({ KeyAgreementAlgorithm }) => KeyAgreementAlgorithm,
  parameters: ({ KeyAgreementAlgorithm }) => ({ keyAgreementAlgorithm: KeyAgreementAlgorithm }),
  values: ({ KeyAgreementAlgorithm }) => [["kms:keyagreementalgorithm", KeyAgreementAlgorithm]],
  use: async (input, { decision, key, chosen, call }) => {
    const { content } = key.entity;
    const secret = await withSecret(decision, content, call, (privateKey) =>
      throttled(perform(call.caller.facts.account, chosen, "derive", privateKey, input.PublicKey)),
    );
    // A public key that is malformed, of another curve or not on it (kms.md, section 1.3).
    return {
      SharedSecret: secret ?? refuse("ValidationException", ""),
      KeyAgreementAlgorithm: chosen.name,
      KeyOrigin: content.origin,
    };
  },
});
