import { partitionOf } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import type { Ask, Call, Operation } from "../../../operation.ts";
import { askIam, askKey, keyResource, type Values } from "../ask-key.ts";
import type { Key } from "../entities.ts";
import { keyArn, type KnownKey, ownKey } from "../find-key.ts";
import { acceptPolicy, defaultPolicy } from "../key-policy.ts";
import { checkState, refuseAwsManaged } from "../key-states.ts";
import { keyMetadata, recordedMetadata } from "../metadata.ts";
import { isReplica } from "../related-keys.ts";
import { checkKeyLimit } from "../quotas/resource-limits.ts";
import { newReplica, rowInRegion } from "../replica.ts";
import { checkNewTags, readTags, tagValues, type WireTag, wireTags } from "../tags.ts";

interface Input {
  KeyId: string;
  ReplicaRegion: string;
  Policy?: string;
  BypassPolicyLockoutSafetyCheck?: boolean;
  Description?: string;
  Tags?: WireTag[];
}

/** Related keys of one key; more Regions than AWS has. */
const replicasMost = 100;

const bypassValues = ({ BypassPolicyLockoutSafetyCheck: bypass }: Input): Values =>
  bypass === undefined ? [] : [["kms:bypasspolicylockoutsafetycheck", String(bypass)]];

const parameters = (input: Input): object => ({
  keyId: input.KeyId,
  replicaRegion: input.ReplicaRegion,
  bypassPolicyLockoutSafetyCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
  description: input.Description ?? "",
  ...(input.Policy !== undefined && { policy: input.Policy }),
  ...(input.Tags && { tags: input.Tags.map(({ TagKey, TagValue }) => ({ tagKey: TagKey, tagValue: TagValue })) }),
});

export const replicateKey: Operation<Input, unknown, KnownKey> = {
  name: "ReplicateKey",
  readOnly: false,
  requestParameters: parameters,
  find: ({ KeyId }, call) => ownKey(KeyId, call),
  resources: (found) => [keyResource(found)],
  asks: (input, found, call) => [
    askKey("ReplicateKey", found, call, [
      ["kms:replicaregion", input.ReplicaRegion],
      ...bypassValues(input),
      ...tagValues(input.Tags && readTags(input.Tags)),
    ]),
    ...asksThere(input, found.entity.content, call),
  ],
  run: (input, { entity, arn }, call, [decision]) => {
    const primary = entity.content;
    const region = input.ReplicaRegion;
    refuseAwsManaged(primary, arn);
    if (!primary.regions || isReplica(primary))
      refuse("UnsupportedOperationException", `${arn} is not a multi-region primary key.`);
    checkState(primary, arn, "replicate");
    if (partitionOf(region) !== partitionOf(call.region))
      refuse("UnsupportedOperationException", `A key of ${call.region} cannot be replicated into ${region}.`);
    const there = keyArn({ ...primary, region });
    if (rowInRegion(region, primary.keyId, call)) refuse("AlreadyExistsException", `The key ${there} already exists.`);
    if ((primary.regions?.replicas.length ?? 0) >= replicasMost)
      refuse("LimitExceededException", `The limit of ${replicasMost} replicas for ${arn} has been reached.`);
    const { account } = primary;
    checkKeyLimit(account, region, call);
    const tags = checkNewTags(readTags(input.Tags ?? []));
    const text = input.Policy ?? defaultPolicy(account, region);
    const bypass = input.BypassPolicyLockoutSafetyCheck ?? input.Policy === undefined;
    const policy = acceptPolicy(text, { arn: there, account }, bypass, call);
    const own = { region, policy, description: input.Description ?? "", tags };
    const { replica, changes, events } = newReplica(decision!, entity, own, call);
    const recorded = { replicaKeyMetadata: recordedMetadata(replica), replicaPolicy: text };
    return {
      answer: {
        ReplicaKeyMetadata: keyMetadata(replica),
        ReplicaPolicy: text,
        ...(tags.length > 0 && { ReplicaTags: wireTags(tags) }),
      },
      changes,
      events,
      responseElements: recorded,
      elsewhere: [recordThere(input, replica)],
    };
  },
};

/** kms:CreateKey is asked where the replica will be. */
function asksThere(input: Input, primary: Key, call: Call): Ask[] {
  const values: Values = [
    ["aws:requestedregion", input.ReplicaRegion],
    ["kms:keyspec", primary.spec],
    ["kms:keyusage", primary.usage],
    ["kms:keyorigin", primary.origin],
    ["kms:multiregion", "true"],
    ["kms:multiregionkeytype", "REPLICA"],
    ...bypassValues(input),
    ...tagValues(input.Tags && readTags(input.Tags)),
  ];
  return [askIam("CreateKey", call, "*", values), ...(input.Tags ? [askIam("TagResource", call, "*", values)] : [])];
}

/** The replica's Region records that a key was made there. */
const recordThere = (input: Input, replica: Key) => ({
  region: replica.region,
  name: "CreateKey",
  requestParameters: {
    description: replica.description,
    origin: replica.origin,
    keySpec: replica.spec,
    customerMasterKeySpec: replica.spec,
    keyUsage: replica.usage,
    multiRegion: true,
    bypassPolicyLockoutSafetyCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
  },
  responseElements: { keyMetadata: recordedMetadata(replica) },
  resources: [keyResource({ arn: keyArn(replica), account: replica.account })],
});
