import { randomBytes } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askIam } from "../ask-key.ts";

interface Input {
  NumberOfBytes?: number;
  CustomKeyStoreId?: string;
  Recipient?: object;
}

export const generateRandom: Operation<Input, unknown, undefined> = {
  name: "GenerateRandom",
  readOnly: true,
  requestParameters: () => null,
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("GenerateRandom", call)],
  run: (input) => {
    if (input.CustomKeyStoreId !== undefined)
      refuse("CustomKeyStoreNotFoundException", `Custom key store ${input.CustomKeyStoreId} does not exist.`);
    if (input.Recipient) refuse("UnsupportedOperationException", "Recipient is not available in this installation.");
    return {
      answer: {
        Plaintext: randomBytes(input.NumberOfBytes ?? refuse("ValidationException", "NumberOfBytes is required.")),
      },
    };
  },
};
