import { perform } from "../../../crypto/pool.ts";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { type UseInput, usingKey } from "../key-use.ts";
import { withSecret } from "../materials.ts";
import { throttled } from "../slow-work.ts";
import { publicKeyOf } from "../use-key.ts";

interface Input extends UseInput {
  EncapsulationAlgorithm: string;
}

const encapsulationAlgorithm = {
  usage: "ENCAPSULATE_DECAPSULATE",
  algorithm: ({ EncapsulationAlgorithm }: Input) => EncapsulationAlgorithm,
  parameters: ({ EncapsulationAlgorithm }: Input) => ({ encapsulationAlgorithm: EncapsulationAlgorithm }),
  values: () => [],
} as const;

export const encapsulate: Operation = usingKey<Input, "ENCAPSULATE_DECAPSULATE">({
  name: "Encapsulate",
  ...encapsulationAlgorithm,
  use: async (_input, { key, chosen, call }) => {
    const made = await throttled(
      perform(call.caller.facts.account, chosen, "encapsulate", publicKeyOf(key.entity.content)),
    );
    return {
      SharedSecret: made.sharedSecret,
      SharedSecretCiphertextBlob: made.ciphertext,
      EncapsulationAlgorithm: chosen.name,
    };
  },
});

/** A blob of the right length always opens, to a secret that nobody else has when it was not made for this key. */
export const decapsulate: Operation = usingKey<
  Input & { SharedSecretCiphertextBlob: Buffer },
  "ENCAPSULATE_DECAPSULATE"
>({
  name: "Decapsulate",
  ...encapsulationAlgorithm,
  check: ({ SharedSecretCiphertextBlob }, { algorithm }) => {
    if (SharedSecretCiphertextBlob.length !== algorithm.ciphertextBytes) refuse("InvalidCiphertextException", "");
  },
  use: async ({ SharedSecretCiphertextBlob }, { decision, key, chosen, call }) => {
    const secret = await withSecret(decision, key.entity.content, call, (privateKey) =>
      throttled(perform(call.caller.facts.account, chosen, "decapsulate", privateKey, SharedSecretCiphertextBlob)),
    );
    return { SharedSecret: secret, EncapsulationAlgorithm: chosen.name };
  },
});
