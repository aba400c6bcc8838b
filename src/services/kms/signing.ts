import type { MessageType } from "../../crypto/algorithms.ts";
import type { Chosen } from "../../crypto/key-specs.ts";
import { refuse } from "../../errors.ts";
import type { Values } from "./ask-key.ts";
import type { UseInput } from "./key-use.ts";

/** What Sign and Verify have in common. */
export interface SigningInput extends UseInput {
  Message: Buffer;
  MessageType?: MessageType;
  SigningAlgorithm: string;
}

export const messageTypeOf = ({ MessageType: type }: SigningInput): MessageType => type ?? "RAW";

export const signingParameters = (input: SigningInput): object => ({
  messageType: messageTypeOf(input),
  signingAlgorithm: input.SigningAlgorithm,
});

export const signingValues = (input: SigningInput): Values => [
  ["kms:signingalgorithm", input.SigningAlgorithm],
  ["kms:messagetype", messageTypeOf(input)],
];

/** Throws ValidationException for a type or a length of message that the algorithm does not take. */
export function checkMessage(input: SigningInput, { algorithm, name }: Chosen<"SIGN_VERIFY">): void {
  const type = messageTypeOf(input);
  const bytes = algorithm.messages[type];
  if (bytes === undefined) refuse("ValidationException", `MessageType ${type} is not valid for algorithm ${name}.`);
  if (bytes !== null && input.Message.length !== bytes)
    refuse("ValidationException", `Digest is invalid length for algorithm ${name}.`);
}
