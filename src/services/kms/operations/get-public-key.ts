import { keySpecOf } from "../../../crypto/key-specs.ts";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { findKey, type FoundKey, present } from "../find-key.ts";
import { checkState } from "../key-states.ts";
import { algorithmLists } from "../metadata.ts";
import { publicKeyOf } from "../use-key.ts";

interface Input {
  KeyId: string;
  GrantTokens?: string[];
}

export const getPublicKey: Operation<Input, unknown, FoundKey> = {
  name: "GetPublicKey",
  readOnly: true,
  requestParameters: ({ KeyId }) => ({ keyId: KeyId }),
  find: ({ KeyId }, call) => findKey(KeyId, call, { aliases: true }),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("GetPublicKey", found, call)],
  run: (_input, found) => {
    const { entity, arn } = present(found);
    const { content } = entity;
    if (keySpecOf(content.spec).material !== "pair")
      refuse(
        "UnsupportedOperationException",
        `${arn} key spec is ${content.spec} which is not valid for this operation.`,
      );
    checkState(content, arn, content.publicKey === undefined ? "use" : "publicKey");
    return {
      answer: {
        KeyId: arn,
        PublicKey: publicKeyOf(content),
        CustomerMasterKeySpec: content.spec,
        KeySpec: content.spec,
        KeyUsage: content.usage,
        ...algorithmLists(content),
      },
    };
  },
};
