import { unwrapMaterial } from "../../../crypto/wrapping.ts";
import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import { askKey, keyResource, type Values } from "../ask-key.ts";
import type { Key } from "../entities.ts";
import { type KnownKey, ownKey } from "../find-key.ts";
import { openToken } from "../import-token.ts";
import { type ImportedBytes, importedBytes } from "../imported-bytes.ts";
import { importMaterial } from "../imported-materials.ts";
import { dayMs } from "../key-rows.ts";
import { checkState, requireImported } from "../key-states.ts";
import { recordedDate } from "../metadata.ts";
import { throttled } from "../slow-work.ts";

interface Input {
  KeyId: string;
  ImportToken: Buffer;
  EncryptedKeyMaterial: Buffer;
  /** Milliseconds. */
  ValidTo?: number;
  ExpirationModel?: "KEY_MATERIAL_EXPIRES" | "KEY_MATERIAL_DOES_NOT_EXPIRE";
  ImportType?: "NEW_KEY_MATERIAL" | "EXISTING_KEY_MATERIAL";
  KeyMaterialDescription?: string;
  KeyMaterialId?: string;
}

const validMost = 365 * dayMs;

/** kms:ExpirationModel is there when the caller said it; kms:ValidTo in seconds, which date and numeric operators read. */
const values = ({ ExpirationModel, ValidTo }: Input): Values => [
  ...(ExpirationModel === undefined ? [] : [["kms:expirationmodel", ExpirationModel] as const]),
  ...(ValidTo === undefined ? [] : [["kms:validto", String(ValidTo / 1000)] as const]),
];

export const importKeyMaterial: Operation<Input, unknown, KnownKey> = {
  name: "ImportKeyMaterial",
  readOnly: false,
  requestParameters: (input) => ({
    keyId: input.KeyId,
    ...(input.ValidTo !== undefined && { validTo: recordedDate(input.ValidTo) }),
    ...(input.ExpirationModel !== undefined && { expirationModel: input.ExpirationModel }),
    ...(input.ImportType !== undefined && { importType: input.ImportType }),
    ...(input.KeyMaterialDescription !== undefined && { keyMaterialDescription: input.KeyMaterialDescription }),
    ...(input.KeyMaterialId !== undefined && { keyMaterialId: input.KeyMaterialId }),
  }),
  find: (input, call) => {
    checkExpiry(input, call);
    return ownKey(input.KeyId, call);
  },
  resources: (found) => [keyResource(found)],
  asks: (input, found, call) => [askKey("ImportKeyMaterial", found, call, values(input))],
  run: async (input, { entity, arn }, call) => {
    const key = entity.content;
    requireImported(key, arn);
    checkState(key, arn, "import");
    checkSymmetricOnly(input, key);
    const bytes = await broughtBytes(input, key, call);
    const brought = {
      arn,
      type: input.ImportType,
      materialId: input.KeyMaterialId,
      description: input.KeyMaterialDescription,
      validTo: input.ValidTo,
    };
    const { id, changes } = importMaterial(entity, bytes, brought, call);
    const symmetric = key.spec === "SYMMETRIC_DEFAULT";
    return {
      answer: { KeyId: arn, ...(symmetric && { KeyMaterialId: id }) },
      changes,
      responseElements: { keyId: arn, ...(symmetric && { keyMaterialId: id }) },
    };
  },
};

/** Before anything is looked up, as AWS does (kms.md, sections 1.3 and 10). */
function checkExpiry({ ExpirationModel = "KEY_MATERIAL_EXPIRES", ValidTo }: Input, { now }: Call): void {
  if (ExpirationModel === "KEY_MATERIAL_DOES_NOT_EXPIRE") {
    if (ValidTo !== undefined)
      refuse(
        "ValidationException",
        "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
      );
    return;
  }
  if (ValidTo === undefined)
    return refuse("ValidationException", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  if (ValidTo <= now) refuse("ValidationException", "The validTo date must be in the future");
  if (ValidTo > now + validMost)
    refuse("ValidationException", "The validTo date must be at most 365 days from the request date");
}

/** What only a key that can hold several materials has a use for. */
function checkSymmetricOnly(input: Input, { spec }: Key): void {
  if (spec === "SYMMETRIC_DEFAULT") return;
  for (const name of ["ImportType", "KeyMaterialDescription", "KeyMaterialId"] as const)
    if (input[name] !== undefined)
      refuse("ValidationException", `${name} can be specified for symmetric encryption KMS keys only.`);
}

async function broughtBytes(input: Input, key: Key, call: Call): Promise<ImportedBytes> {
  const { algorithm, spec, privateKey } = openToken(input.ImportToken, key, call);
  const unwrapped = await throttled(
    unwrapMaterial(call.caller.facts.account, algorithm, spec, privateKey, input.EncryptedKeyMaterial),
  );
  privateKey.fill(0);
  if (!unwrapped) return refuse("InvalidCiphertextException", "");
  const fits = await importedBytes(key, unwrapped);
  return (
    fits ??
    refuse(
      "IncorrectKeyMaterialException",
      `The key material in the request is not valid for the key spec ${key.spec}.`,
    )
  );
}
