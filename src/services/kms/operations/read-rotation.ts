import type { Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { askKey, keyResource } from "../ask-key.ts";
import type { Key, Material } from "../entities.ts";
import { findKey, type FoundKey, type KnownKey, ownKey, present } from "../find-key.ts";
import { isHere } from "../imported-materials.ts";
import { refuseOrigin } from "../key-states.ts";
import { materialsOf } from "../materials.ts";
import { afterMarker, page } from "../pagination.ts";
import type { Desk } from "../related-keys.ts";
import { checkRotatable, pendingEverywhere } from "./rotate-key.ts";

/** On an asymmetric key AWS answers that rotation is off; imported material and custom key stores are refused. */
export const getKeyRotationStatus: Operation<{ KeyId: string }, unknown, FoundKey> = {
  name: "GetKeyRotationStatus",
  readOnly: true,
  requestParameters: ({ KeyId }) => ({ keyId: KeyId }),
  find: ({ KeyId }, call) => findKey(KeyId, call, { aliases: false }),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("GetKeyRotationStatus", found, call)],
  run: (_input, found) => {
    const { entity, arn } = present(found);
    const key = entity.content;
    if (key.origin !== "AWS_KMS") refuseOrigin(key, arn);
    const going = key.state === "PendingDeletion" || key.state === "PendingReplicaDeletion";
    const { rotation } = key;
    const off = { KeyId: arn, KeyRotationEnabled: false };
    if (!rotation || going) return { answer: off };
    const { periodDays, nextAt } = rotation;
    return {
      answer: { KeyId: arn, KeyRotationEnabled: true, RotationPeriodInDays: periodDays, NextRotationDate: nextAt },
    };
  },
};

interface ListInput {
  KeyId: string;
  IncludeKeyMaterial?: "ALL_KEY_MATERIAL" | "ROTATIONS_ONLY";
  Limit?: number;
  Marker?: string;
}

export const listKeyRotations: Operation<ListInput, unknown, KnownKey> = {
  name: "ListKeyRotations",
  readOnly: true,
  requestParameters: ({ KeyId, IncludeKeyMaterial, Limit, Marker }) => ({
    keyId: KeyId,
    ...(IncludeKeyMaterial !== undefined && { includeKeyMaterial: IncludeKeyMaterial }),
    ...(Limit !== undefined && { limit: Limit }),
    ...(Marker !== undefined && { marker: Marker }),
  }),
  find: ({ KeyId }, call) => ownKey(KeyId, call),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("ListKeyRotations", found, call)],
  run: ({ IncludeKeyMaterial = "ROTATIONS_ONLY", Limit = 100, Marker }, { entity, arn }, call) => {
    const key = entity.content;
    checkRotatable(key);
    if (key.origin !== "AWS_KMS" && key.origin !== "EXTERNAL") refuseOrigin(key, arn);
    const list = `rotations ${arn} ${IncludeKeyMaterial}`;
    const after = afterMarker(list, Marker, call);
    const wanted = materialsOf(entity.row.id, call).filter(
      ({ content }) => IncludeKeyMaterial === "ALL_KEY_MATERIAL" || content.rotatedAt !== undefined,
    );
    const rest = wanted.filter((material) => placeOf(material) > after);
    const { shown, more } = page(rest, Limit, placeOf, list, call);
    return { answer: { Rotations: shown.map((material) => rotationEntry(key, material, call)), ...more } };
  },
};

/** Sequence numbers as text that sorts like them; material that waits for its rotation comes last. */
const placeOf = ({ content }: Entity<Material>): string =>
  content.sequence === undefined ? "pending" : String(content.sequence).padStart(6, "0");

function rotationEntry(key: Key, material: Entity<Material>, desk: Desk): object {
  const { materialId, rotatedAt, rotationType, description, validTo } = material.content;
  const here = isHere(material, desk.now);
  const rotated = { RotationDate: rotatedAt, RotationType: rotationType };
  const imported = {
    KeyMaterialDescription: description,
    ImportState: here ? "IMPORTED" : "PENDING_IMPORT",
    ...(here && {
      ExpirationModel: validTo === undefined ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES",
      ValidTo: validTo,
    }),
  };
  return {
    KeyId: key.keyId,
    KeyMaterialId: materialId,
    KeyMaterialState: materialState(key, materialId, desk),
    ...(rotatedAt !== undefined && rotated),
    ...(key.origin === "EXTERNAL" && imported),
  };
}

function materialState(key: Key, materialId: string, desk: Desk): string {
  if (materialId === key.currentMaterialId) return "CURRENT";
  if (materialId !== key.pendingMaterialId) return "NON_CURRENT";
  return pendingEverywhere(key, desk) ? "PENDING_ROTATION" : "PENDING_MULTI_REGION_IMPORT_AND_ROTATION";
}
