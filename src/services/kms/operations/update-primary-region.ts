import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { askKey, keyResource } from "../ask-key.ts";
import type { Key } from "../entities.ts";
import { type FoundKey, keyArn, type KnownKey, ownKey, present, readKey } from "../find-key.ts";
import { putKey, settlingMs } from "../key-rows.ts";
import { checkState, refuseAwsManaged } from "../key-states.ts";
import { isReplica, relatedKeys } from "../related-keys.ts";
import { synchronized } from "../rotation.ts";

interface Input {
  KeyId: string;
  PrimaryRegion: string;
}

interface Found {
  readonly primary: KnownKey;
  /** The key of that id in the Region that is to be primary. */
  readonly replica: FoundKey;
}

export const updatePrimaryRegion: Operation<Input, unknown, Found> = {
  name: "UpdatePrimaryRegion",
  readOnly: false,
  requestParameters: ({ KeyId, PrimaryRegion }) => ({ keyId: KeyId, primaryRegion: PrimaryRegion }),
  find: ({ KeyId, PrimaryRegion }, call) => {
    const primary = ownKey(KeyId, call);
    const { account, keyId } = primary.entity.content;
    const arn = keyArn({ region: PrimaryRegion, account, keyId });
    return { primary, replica: { entity: readKey(keyId, call, PrimaryRegion), arn, account } };
  },
  resources: ({ primary }) => [keyResource(primary)],
  asks: ({ PrimaryRegion }, { primary, replica }, call) => {
    const values = [["kms:primaryregion", PrimaryRegion]] as const;
    const there = [...values, ["aws:requestedregion", PrimaryRegion] as const];
    return [
      askKey("UpdatePrimaryRegion", primary, call, values),
      ...(replica.entity ? [askKey("UpdatePrimaryRegion", replica, call, there)] : []),
    ];
  },
  run: (_input, found, call) => {
    const { primary } = found;
    const key = primary.entity.content;
    refuseAwsManaged(key, primary.arn);
    if (!key.regions || isReplica(key))
      refuse("UnsupportedOperationException", `${primary.arn} is not a multi-region primary key.`);
    checkState(key, primary.arn, "use");
    const replica = present(found.replica);
    if (!isReplica(replica.entity.content))
      refuse("UnsupportedOperationException", `${replica.arn} is not a multi-region replica key.`);
    checkState(replica.entity.content, replica.arn, "primary");
    const resources = [keyResource(replica)];
    return {
      answer: {},
      changes: changedPrimary(primary.entity, replica.entity, call),
      responseElements: { keyId: primary.arn },
      elsewhere: [{ region: replica.entity.content.region, resources, responseElements: { keyId: primary.arn } }],
      events: relatedKeys(key, call).map(({ content }) => synchronized(content)),
    };
  },
};

/** Both keys are Updating for a moment if they were enabled, and everything that they share names the new primary. */
function changedPrimary(from: Entity<Key>, to: Entity<Key>, call: Call): Change[] {
  const { region: old, regions } = from.content;
  const { region: next } = to.content;
  const replicas = [...(regions?.replicas ?? []).filter((region) => region !== next), old].sort();
  const related = relatedKeys(from.content, call);
  return [from, ...related].map((member) => {
    const key = { ...member.content, regions: { primary: next, replicas } };
    const moves = member.row.id === from.row.id || member.row.id === to.row.id;
    const settling = { state: "Updating", settlesAt: call.now + settlingMs, settlesTo: "Enabled" } as const;
    return putKey(call.entities, member, moves && key.state === "Enabled" ? { ...key, ...settling } : key);
  });
}
