import { refuse } from "../../../errors.ts";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import { askKey, keyResource, type Values } from "../ask-key.ts";
import type { Key } from "../entities.ts";
import { type KnownKey, ownKey } from "../find-key.ts";
import { refuseAwsManaged, checkState, type StateRule } from "../key-states.ts";
import { unusedDays } from "../key-usage.ts";
import { dayMs, putKey } from "../key-rows.ts";
import { recordedDate } from "../metadata.ts";
import { isReplica, putShared } from "../related-keys.ts";
import { readTags, tagValues, type WireTag, withTags } from "../tags.ts";

/** What is peculiar to an operation that changes one key of the caller's own account. */
interface KeyChange<I> {
  readonly name: string;
  readonly state: StateRule;
  /** Refused whatever state the key is in: what such a key cannot do. */
  readonly eligible?: (key: Key, arn: string) => void;
  readonly parameters?: (input: I) => object;
  readonly values?: (input: I, found: KnownKey, call: Call) => Values;
  /** Refused before the permission is asked: service limits that stand behind the model's. */
  readonly check?: (input: I) => void;
  readonly change: (key: Key, input: I, call: Call, arn: string) => Key;
  /** What the related keys of a multi-Region key take over of the change. */
  readonly shared?: (related: Key, changed: Key) => Key;
  /** Members of the answer; without it the operation answers nothing. */
  readonly answer?: (key: Key, arn: string, input: I) => Record<string, unknown>;
}

export function changing<I extends { KeyId: string }>(peculiar: KeyChange<I>): Operation<I, unknown, KnownKey> {
  return {
    name: peculiar.name,
    readOnly: false,
    requestParameters: (input) => ({ keyId: input.KeyId, ...peculiar.parameters?.(input) }),
    find: (input, call) => {
      peculiar.check?.(input);
      return ownKey(input.KeyId, call);
    },
    resources: (found) => [keyResource(found)],
    asks: (input, found, call) => [askKey(peculiar.name, found, call, peculiar.values?.(input, found, call))],
    run: (input, found, call): Outcome<unknown> => {
      const { content } = found.entity;
      refuseAwsManaged(content, found.arn);
      peculiar.eligible?.(content, found.arn);
      checkState(content, found.arn, peculiar.state);
      const changed = peculiar.change(content, input, call, found.arn);
      const answer = peculiar.answer?.(changed, found.arn, input) ?? {};
      const { shared } = peculiar;
      return {
        answer,
        changes: shared
          ? putShared(found.entity, changed, shared, call)
          : [putKey(call.entities, found.entity, changed)],
        responseElements: { keyId: found.arn, ...recorded(answer) },
      };
    },
  };
}

/** The answer as the record has it: lower camel case, dates as text. */
function recorded(answer: Record<string, unknown>): object {
  const entries = Object.entries(answer).filter(([name]) => name !== "KeyId");
  const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
  return Object.fromEntries(
    entries.map(([name, value]) => [lower(name), name.endsWith("Date") ? recordedDate(value as number) : value]),
  );
}

interface KeyInput {
  KeyId: string;
}

/** kms.md, section 8: 7 to 30 days, 30 when nothing is said. */
const windowOf = ({ PendingWindowInDays }: ScheduleInput): number => PendingWindowInDays ?? 30;

interface ScheduleInput extends KeyInput {
  PendingWindowInDays?: number;
}

export const enableKey: Operation = changing<KeyInput>({
  name: "EnableKey",
  state: "switch",
  change: (key, _input, { now }) => ({ ...missedRotation(key, now), state: "Enabled" }),
});
export const disableKey: Operation = changing<KeyInput>({
  name: "DisableKey",
  state: "switch",
  values: (_input, found, call) => unusedDays(found.entity, call),
  change: (key) => ({ ...key, state: "Disabled" }),
});

export const updateKeyDescription: Operation = changing<KeyInput & { Description: string }>({
  name: "UpdateKeyDescription",
  state: "manage",
  parameters: ({ Description }) => ({ description: Description }),
  change: (key, { Description }) => ({ ...key, description: Description }),
});

export const scheduleKeyDeletion: Operation = changing<ScheduleInput>({
  name: "ScheduleKeyDeletion",
  state: "schedule",
  parameters: (input) => ({ pendingWindowInDays: windowOf(input) }),
  values: (input, found, call) => [
    ["kms:schedulekeydeletionpendingwindowindays", String(windowOf(input))],
    ...unusedDays(found.entity, call),
  ],
  check: (input) => {
    if (windowOf(input) < 7 || windowOf(input) > 30)
      refuse(
        "ValidationException",
        `PendingWindowInDays must be between 7 and 30 inclusive, but was ${windowOf(input)}.`,
      );
  },
  change: (key, input, call) => scheduled(key, windowOf(input), call.now),
  answer: (key, arn, input) => ({
    KeyId: arn,
    ...(key.deletionAt !== undefined && { DeletionDate: key.deletionAt }),
    KeyState: key.state,
    PendingWindowInDays: windowOf(input),
  }),
});

/** A primary waits for its replicas first (kms.md, section 8). */
function scheduled({ settlesAt: _at, settlesTo: _to, ...key }: Key, days: number, now: number): Key {
  const waits = !isReplica(key) && (key.regions?.replicas.length ?? 0) > 0;
  return waits
    ? { ...key, state: "PendingReplicaDeletion", pendingWindowDays: days }
    : { ...key, state: "PendingDeletion", deletionAt: now + days * dayMs };
}

/** A rotation that was missed while the key was disabled happens at once, and every period thereafter. */
const missedRotation = (key: Key, now: number): Key =>
  key.rotation && key.rotation.nextAt <= now ? { ...key, rotation: { ...key.rotation, nextAt: now } } : key;

export const cancelKeyDeletion: Operation = changing<KeyInput>({
  name: "CancelKeyDeletion",
  state: "any",
  change: (key, _input, { now }, arn) => {
    if (key.state !== "PendingDeletion" && key.state !== "PendingReplicaDeletion")
      refuse("KMSInvalidStateException", `${arn} is not pending deletion.`);
    const { deletionAt: _at, pendingWindowDays: _days, ...kept } = key;
    const missed = kept.rotation && kept.rotation.nextAt <= now && !isReplica(key);
    return {
      ...kept,
      state: key.origin === "EXTERNAL" && key.imported !== true ? "PendingImport" : "Disabled",
      ...(missed && { rotation: { ...kept.rotation!, overdue: true as const } }),
    };
  },
  answer: (_key, arn) => ({ KeyId: arn }),
});

export const tagResource: Operation = changing<KeyInput & { Tags: WireTag[] }>({
  name: "TagResource",
  state: "manage",
  parameters: ({ Tags }) => ({ tags: Tags.map(({ TagKey, TagValue }) => ({ tagKey: TagKey, tagValue: TagValue })) }),
  values: ({ Tags }) => tagValues(readTags(Tags)),
  change: (key, { Tags }) => ({ ...key, tags: withTags(key.tags, readTags(Tags)) }),
});

export const untagResource: Operation = changing<KeyInput & { TagKeys: string[] }>({
  name: "UntagResource",
  state: "manage",
  parameters: ({ TagKeys }) => ({ tagKeys: TagKeys }),
  values: ({ TagKeys }) => (TagKeys.length > 0 ? [["aws:tagkeys", TagKeys]] : []),
  change: (key, { TagKeys }) => ({ ...key, tags: key.tags.filter(({ Key }) => !TagKeys.includes(Key)) }),
});
