import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { type KnownKey, ownKey } from "../find-key.ts";
import { keyUsesOf } from "../key-usage.ts";

/** In every key state. The uses of every key are tracked since its creation. */
export const getKeyLastUsage: Operation<{ KeyId: string }, unknown, KnownKey> = {
  name: "GetKeyLastUsage",
  readOnly: true,
  requestParameters: ({ KeyId }) => ({ keyId: KeyId }),
  find: ({ KeyId }, call) => ownKey(KeyId, call),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("GetKeyLastUsage", found, call)],
  run: (_input, { entity }, call) => {
    const { keyId, createdAt } = entity.content;
    const last = keyUsesOf(call.seal).lastUseOf(entity, call.entities);
    const usage = last && {
      Operation: last.operation,
      Timestamp: last.at,
      CloudTrailEventId: last.eventId,
      KmsRequestId: last.requestId,
    };
    return {
      answer: { KeyId: keyId, KeyLastUsage: usage ?? {}, TrackingStartDate: createdAt, KeyCreationDate: createdAt },
    };
  },
};
