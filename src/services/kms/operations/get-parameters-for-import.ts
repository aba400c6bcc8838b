import { wrappings, wrapsWith } from "../../../crypto/wrapping.ts";
import { makePair } from "../../../crypto/pool.ts";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { type KnownKey, ownKey } from "../find-key.ts";
import { sealToken } from "../import-token.ts";
import { checkState, requireImported } from "../key-states.ts";
import { throttled } from "../slow-work.ts";

interface Input {
  KeyId: string;
  WrappingAlgorithm: string;
  WrappingKeySpec: string;
}

/** Import parameters are good for a day of the domain clock. */
const validMs = 86_400_000;

export const getParametersForImport: Operation<Input, unknown, KnownKey> = {
  name: "GetParametersForImport",
  readOnly: true,
  requestParameters: ({ KeyId, WrappingAlgorithm, WrappingKeySpec }) => ({
    keyId: KeyId,
    wrappingAlgorithm: WrappingAlgorithm,
    wrappingKeySpec: WrappingKeySpec,
  }),
  find: ({ KeyId }, call) => ownKey(KeyId, call),
  resources: (found) => [keyResource(found)],
  asks: ({ WrappingAlgorithm, WrappingKeySpec }, found, call) => [
    askKey("GetParametersForImport", found, call, [
      ["kms:wrappingalgorithm", WrappingAlgorithm],
      ["kms:wrappingkeyspec", WrappingKeySpec],
    ]),
  ],
  run: async ({ WrappingAlgorithm: algorithm, WrappingKeySpec: spec }, { entity, arn }, call) => {
    const key = entity.content;
    requireImported(key, arn);
    checkState(key, arn, "parameters");
    // RSAES_PKCS1_V1_5 is in the model still, and refused since October 2023.
    if (!wrappings[algorithm])
      refuse("UnsupportedOperationException", `The wrapping algorithm ${algorithm} is not supported.`);
    if (!wrapsWith(algorithm, spec))
      refuse("ValidationException", `WrappingAlgorithm ${algorithm} is not compatible with WrappingKeySpec ${spec}`);
    const { publicKey, privateKey } = await throttled(makePair(call.caller.facts.account, spec));
    const expiresAt = call.now + validMs;
    const ImportToken = sealToken({ algorithm, spec, privateKey }, expiresAt, key, call);
    privateKey.fill(0);
    return {
      answer: { KeyId: arn, ImportToken, PublicKey: Buffer.from(publicKey), ParametersValidTo: expiresAt },
    };
  },
};
