import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { type Key, type Material, materialRowId } from "../entities.ts";
import { type KnownKey, ownKey } from "../find-key.ts";
import { dayMs, rotates } from "../key-rows.ts";
import { isHere } from "../imported-materials.ts";
import { checkState, refuseAwsManaged, refuseOrigin } from "../key-states.ts";
import { type Desk, isReplica, relatedKeys } from "../related-keys.ts";
import { rotateKey } from "../rotation.ts";
import { changing } from "./change-key.ts";

interface KeyInput {
  KeyId: string;
}
interface EnableInput extends KeyInput {
  RotationPeriodInDays?: number;
}

const onDemandMost = 25;
/** A rotation on demand keeps this distance from an automatic one. */
const apartMs = 20 * 60_000;

/** What rotates automatically: symmetric keys of material made here, by their primary (kms.md, section 7). */
function automatic(key: Key, arn: string): void {
  checkRotatable(key);
  if (key.origin !== "AWS_KMS") refuseOrigin(key, arn);
  refuseReplica(key, arn);
}

/** AWS answers this one without a text. */
export function checkRotatable({ spec }: Key): void {
  if (spec !== "SYMMETRIC_DEFAULT") refuse("UnsupportedOperationException", "");
}

function refuseReplica(key: Key, arn: string): void {
  if (isReplica(key)) refuse("UnsupportedOperationException", `${arn} is not a multi-region primary key.`);
}

const periodOf = ({ RotationPeriodInDays }: EnableInput): number => RotationPeriodInDays ?? 365;

export const enableKeyRotation: Operation = changing<EnableInput>({
  name: "EnableKeyRotation",
  state: "use",
  parameters: ({ RotationPeriodInDays: days }) => (days === undefined ? {} : { rotationPeriodInDays: days }),
  values: (input) => [["kms:rotationperiodindays", String(periodOf(input))]],
  eligible: automatic,
  // The same period again is no new beginning: nobody puts a rotation off by asking for it.
  change: (key, input, { now }) =>
    key.rotation?.periodDays === periodOf(input)
      ? key
      : { ...key, rotation: { periodDays: periodOf(input), nextAt: now + periodOf(input) * dayMs } },
  shared: (related, { rotation }) => ({ ...related, ...(rotation && { rotation }) }),
});

export const disableKeyRotation: Operation = changing<KeyInput>({
  name: "DisableKeyRotation",
  state: "use",
  eligible: automatic,
  change: withoutRotation,
  shared: withoutRotation,
});

function withoutRotation({ rotation: _off, ...key }: Key): Key {
  return key;
}

export const rotateKeyOnDemand: Operation<KeyInput, unknown, KnownKey> = {
  name: "RotateKeyOnDemand",
  readOnly: false,
  requestParameters: ({ KeyId }) => ({ keyId: KeyId }),
  find: ({ KeyId }, call) => ownKey(KeyId, call),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("RotateKeyOnDemand", found, call)],
  run: (_input, { entity, arn }, call) => {
    const key = entity.content;
    refuseAwsManaged(key, arn);
    checkRotatable(key);
    if (key.origin !== "AWS_KMS" && key.origin !== "EXTERNAL") refuseOrigin(key, arn);
    refuseReplica(key, arn);
    checkState(key, arn, "use");
    checkOnDemand(key, arn, call);
    const { changes, events } = rotateKey(entity, { type: "ON_DEMAND", at: call.now }, call);
    return { answer: { KeyId: arn }, changes, events, responseElements: { keyId: arn } };
  },
};

function checkOnDemand(key: Key, arn: string, desk: Desk): void {
  if (key.origin === "EXTERNAL" && !pendingEverywhere(key, desk))
    refuse("KMSInvalidStateException", `No available key material pending rotation for the key: ${arn}.`);
  if ((key.onDemandRotations ?? 0) >= onDemandMost)
    refuse(
      "LimitExceededException",
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
    );
  if (key.rotation && rotates(key) && key.rotation.nextAt - desk.now <= apartMs)
    refuse(
      "ConflictException",
      `An automatic rotation of the key ${arn} is in progress or scheduled to begin within the next 20 minutes.`,
    );
}

/** Imported material may become current when the key and all its replicas hold it. */
export function pendingEverywhere(key: Key, desk: Desk): boolean {
  const { pendingMaterialId } = key;
  if (pendingMaterialId === undefined) return false;
  return [key, ...relatedKeys(key, desk).map(({ content }) => content)].every(({ region, keyId }) => {
    const id = materialRowId(region, keyId, pendingMaterialId);
    desk.used.push(`material=${id}`);
    const material = desk.entities.get<Material>("material", id);
    return material !== undefined && isHere(material, desk.now);
  });
}
