import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { findKey, type FoundKey, present } from "../find-key.ts";
import { withManagedKey } from "../managed-keys.ts";
import { keyMetadata } from "../metadata.ts";

interface Input {
  KeyId: string;
  GrantTokens?: string[];
}

export const describeKey: Operation<Input, unknown, FoundKey> = {
  name: "DescribeKey",
  readOnly: true,
  requestParameters: ({ KeyId }) => ({ keyId: KeyId }),
  find: ({ KeyId }, call) => withManagedKey(KeyId, call, () => findKey(KeyId, call, { aliases: true })),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("DescribeKey", found, call)],
  run: (_input, found) => {
    const { entity, store } = present(found);
    return { answer: { KeyMetadata: keyMetadata(entity.content, store) } };
  },
};
