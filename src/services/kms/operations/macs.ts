import { timingSafeEqual } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import type { Values } from "../ask-key.ts";
import { type InUse, type UseInput, usingKey } from "../key-use.ts";
import { withSecret } from "../materials.ts";

interface Input extends UseInput {
  Message: Buffer;
  MacAlgorithm: string;
}

const macAlgorithm = {
  usage: "GENERATE_VERIFY_MAC",
  algorithm: ({ MacAlgorithm }: Input) => MacAlgorithm,
  parameters: ({ MacAlgorithm }: Input) => ({ macAlgorithm: MacAlgorithm }),
  values: ({ MacAlgorithm }: Input): Values => [["kms:macalgorithm", MacAlgorithm]],
} as const;

/** On the main thread: a MAC takes no longer than an encryption. */
const macOf = ({ Message }: Input, { decision, key, chosen, call }: InUse<"GENERATE_VERIFY_MAC">): Uint8Array =>
  withSecret(decision, key.entity.content, call, (secret) => chosen.algorithm.mac(secret, Message));

export const generateMac: Operation = usingKey<Input, "GENERATE_VERIFY_MAC">({
  name: "GenerateMac",
  ...macAlgorithm,
  use: (input, inUse) => ({ Mac: macOf(input, inUse), MacAlgorithm: inUse.chosen.name }),
});

/** True is the only answer: a MAC that does not hold is KMSInvalidMacException. */
export const verifyMac: Operation = usingKey<Input & { Mac: Buffer }, "GENERATE_VERIFY_MAC">({
  name: "VerifyMac",
  ...macAlgorithm,
  use: (input, inUse) => {
    const expected = macOf(input, inUse);
    if (input.Mac.length !== expected.length || !timingSafeEqual(input.Mac, expected))
      refuse("KMSInvalidMacException", "");
    return { MacValid: true, MacAlgorithm: inUse.chosen.name };
  },
});
