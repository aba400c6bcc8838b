import { refuse } from "../../../errors.ts";
import { keySpecOf } from "../../../crypto/key-specs.ts";
import type { Operation, Outcome } from "../../../operation.ts";
import { askIam, keyResource, type Values } from "../ask-key.ts";
import { keyArn } from "../find-key.ts";
import { findStore } from "../key-stores/find-store.ts";
import { newStoreKey, type NewStoreKey, storeNamed } from "../key-stores/new-store-key.ts";
import { acceptPolicy, defaultPolicy } from "../key-policy.ts";
import { keyMetadata, recordedMetadata } from "../metadata.ts";
import { type GivenKey, newKey, newKeyBytes } from "../new-key.ts";
import { checkKeyLimit } from "../quotas/resource-limits.ts";
import { whenDone } from "../slow-work.ts";
import { checkNewTags, readTags, tagValues, type WireTag } from "../tags.ts";

interface Input {
  Policy?: string;
  Description?: string;
  KeyUsage?: string;
  CustomerMasterKeySpec?: string;
  KeySpec?: string;
  Origin?: string;
  BypassPolicyLockoutSafetyCheck?: boolean;
  Tags?: WireTag[];
  MultiRegion?: boolean;
  CustomKeyStoreId?: string;
  /** A seed's; nothing on the wire says it, because the model does not have it. */
  given?: GivenKey;
  XksKeyId?: string;
}

const usageOf = (input: Input): string => input.KeyUsage ?? "ENCRYPT_DECRYPT";
const specOf = (input: Input): string => input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";

export const createKey: Operation<Input, unknown, string | undefined> = {
  name: "CreateKey",
  readOnly: false,
  requestParameters: (input) => ({
    description: input.Description ?? "",
    origin: input.Origin ?? "AWS_KMS",
    keySpec: specOf(input),
    customerMasterKeySpec: specOf(input),
    keyUsage: usageOf(input),
    bypassPolicyLockoutSafetyCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
    multiRegion: input.MultiRegion ?? false,
    ...(input.Tags && { tags: input.Tags.map(({ TagKey, TagValue }) => ({ tagKey: TagKey, tagValue: TagValue })) }),
    ...(input.Policy !== undefined && { policy: input.Policy }),
    ...(input.CustomKeyStoreId !== undefined && { customKeyStoreId: input.CustomKeyStoreId }),
    ...(input.XksKeyId !== undefined && { xksKeyId: input.XksKeyId }),
  }),
  find: (input) => {
    checkSpec(input);
    return storeNamed(input);
  },
  asks: (input, _found, call) => {
    const values: Values = [
      ["kms:keyspec", specOf(input)],
      ["kms:keyusage", usageOf(input)],
      ["kms:keyorigin", input.Origin ?? "AWS_KMS"],
      ["kms:multiregion", String(input.MultiRegion ?? false)],
      ...(input.MultiRegion === true ? [["kms:multiregionkeytype", "PRIMARY"] as const] : []),
      ...(input.BypassPolicyLockoutSafetyCheck === undefined
        ? []
        : [["kms:bypasspolicylockoutsafetycheck", String(input.BypassPolicyLockoutSafetyCheck)] as const]),
      ...tagValues(input.Tags && readTags(input.Tags)),
    ];
    return [askIam("CreateKey", call, "*", values), ...(input.Tags ? [askIam("TagResource", call, "*", values)] : [])];
  },
  run: (input, storeId, call, [decision]) => {
    const store = storeId === undefined ? undefined : findStore(storeId, call);
    const { account } = call.caller.facts;
    const tags = checkNewTags(readTags(input.Tags ?? []));
    checkKeyLimit(account, call.region, call);
    const text = input.Policy ?? defaultPolicy(account, call.region);
    const place = {
      arn: keyArn({ region: call.region, account, keyId: "00000000-0000-0000-0000-000000000000" }),
      account,
    };
    const policy = acceptPolicy(text, place, input.BypassPolicyLockoutSafetyCheck ?? input.Policy === undefined, call);
    const kind = { spec: specOf(input), usage: usageOf(input), multiRegion: input.MultiRegion ?? false };
    const wanted = { account, ...kind, policy, tags, manager: "CUSTOMER" } as const;
    const described = {
      ...wanted,
      description: input.Description ?? "",
      ...(input.given && { keyId: input.given.keyId }),
    };
    const created = ({ key, changes, event }: NewStoreKey): Outcome<unknown> => ({
      answer: { KeyMetadata: keyMetadata(key, store) },
      changes,
      responseElements: { keyMetadata: recordedMetadata(key, store) },
      ...(event && { additionalEventData: event }),
      resources: [keyResource({ arn: keyArn(key), account })],
    });
    if (store) return newStoreKey(described, store, input, decision!, call).then(created);
    const bytes =
      input.Origin === "EXTERNAL" ? undefined : (input.given?.bytes?.() ?? newKeyBytes(account, specOf(input)));
    return whenDone(bytes, (secret) => created(newKey(described, secret, call)));
  },
};

function checkSpec(input: Input): void {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined)
    refuse(
      "ValidationException",
      "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    );
  const spec = specOf(input);
  if (spec !== "SYMMETRIC_DEFAULT" && input.KeyUsage === undefined)
    refuse(
      "ValidationException",
      "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    );
  if (!Object.hasOwn(keySpecOf(spec).usages, usageOf(input)))
    refuse("ValidationException", `KeyUsage ${usageOf(input)} is not compatible with KeySpec ${spec}`);
  if (input.Origin === "EXTERNAL") checkImportable(spec);
}

/** Post-quantum keys are not imported (kms.md, section 2). */
function checkImportable(spec: string): void {
  if (spec.startsWith("ML_"))
    refuse("UnsupportedOperationException", `Origin EXTERNAL is not compatible with KeySpec ${spec}.`);
}
