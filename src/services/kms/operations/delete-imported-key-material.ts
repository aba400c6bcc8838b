import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { dropMaterials } from "../dropped-materials.ts";
import { type KnownKey, ownKey } from "../find-key.ts";
import { checkState, requireImported } from "../key-states.ts";
import { materialsOf } from "../materials.ts";

interface Input {
  KeyId: string;
  KeyMaterialId?: string;
}

export const deleteImportedKeyMaterial: Operation<Input, unknown, KnownKey> = {
  name: "DeleteImportedKeyMaterial",
  readOnly: false,
  requestParameters: ({ KeyId, KeyMaterialId }) => ({
    keyId: KeyId,
    ...(KeyMaterialId !== undefined && { keyMaterialId: KeyMaterialId }),
  }),
  find: ({ KeyId }, call) => ownKey(KeyId, call),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("DeleteImportedKeyMaterial", found, call)],
  run: ({ KeyMaterialId }, { entity, arn }, call) => {
    const key = entity.content;
    requireImported(key, arn);
    checkState(key, arn, "empty");
    const symmetric = key.spec === "SYMMETRIC_DEFAULT";
    const id = KeyMaterialId ?? key.currentMaterialId;
    const material = materialsOf(entity.row.id, call).find(({ content }) => content.materialId === id);
    if (!material && KeyMaterialId !== undefined)
      refuse("NotFoundException", `Key material '${KeyMaterialId}' is not associated with key '${arn}'.`);
    const named = symmetric && id !== undefined;
    return {
      answer: { KeyId: arn, ...(named && { KeyMaterialId: id }) },
      changes: material?.row.secret ? dropMaterials(entity, [material], call) : [],
      responseElements: { keyId: arn, ...(named && { keyMaterialId: id }) },
    };
  },
};
