import { materialId } from "../crypto/material.ts";
import { OperatorError } from "../errors.ts";
import { aliasRowId, keyRowId, materialRowId } from "../services/kms/entities.ts";
import type { GivenKey } from "../services/kms/new-key.ts";
import type { Garden } from "./garden.ts";
import type { SeedKey } from "./seed.ts";

/** A key that is there stays as it is; one of the same id with other material is refused. */
export async function plantKey(key: SeedKey, account: string, garden: Garden): Promise<void> {
  const { id, region, path, material } = key;
  const at = { account, region, path };
  if (!garden.has("key", keyRowId(region, id))) await createKey(key, at, garden);
  else if (material && !garden.has("material", materialRowId(region, id, materialId(id, material))))
    throw new OperatorError(`Cannot plant ${path}: key ${id} is there with other material`);
  for (const AliasName of key.aliases)
    if (!garden.has("alias", aliasRowId(account, region, AliasName)))
      await garden.call({ ...at, path: `${path}.aliases` }, "kms", "CreateAlias", { AliasName, TargetKeyId: id });
}

async function createKey(
  key: SeedKey,
  at: { readonly account: string; readonly region: string; readonly path: string },
  garden: Garden,
): Promise<void> {
  const { material, publicKey } = key;
  const given: GivenKey = {
    keyId: key.id,
    ...(material && { bytes: () => ({ secret: Buffer.from(material), ...(publicKey && { publicKey }) }) }),
  };
  const Tags = key.tags.map(({ key: TagKey, value }) => ({ TagKey, TagValue: value }));
  const input = {
    Description: key.description,
    MultiRegion: key.id.startsWith("mrk-"),
    KeySpec: key.spec,
    ...(key.usage !== undefined && { KeyUsage: key.usage }),
    ...(key.policy !== undefined && { Policy: key.policy }),
    ...(Tags.length > 0 && { Tags }),
  };
  await garden.call(at, "kms", "CreateKey", input, { given });
  if (!key.enabled) await garden.call(at, "kms", "DisableKey", { KeyId: key.id });
}
